"""Shards: scenes with questions as arrays, made from layouts once and read in each training."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from scenewright.core import FormatError, Progress, no_progress
from scenewright.io import write_bytes
from scenewright.language.instance_arrays import InstanceArrays, arrays_of
from scenewright.language.lexicon import Lexicon, class_name
from scenewright.language.question_units import (
    Unit,
    UnitObjects,
    match_units,
    name_scores,
    read_units,
)
from scenewright.language.vocabulary import ANSWERS, FIND, NAME, Vocabulary, byte_grams, kind_ids
from scenewright.training.making import make_missing, shown
from scenewright.training.tasks.language.config import LanguageTrainingConfig
from scenewright.training.tasks.language.layouts import Layout, load_layouts
from scenewright.training.tasks.language.paraphrases import paraphrased
from scenewright.training.tasks.language.variations import varied
from scenewright.training.tasks.language.words import training_vocabulary
from scenewright.worlds.language.drawing import WorldQuestion
from scenewright.worlds.language.questions import FAMILIES_OF_QUESTIONS, questions_about

UNITS = 24
"""Most units of a question, with the one in front."""
_VERSION = 1
_TRIES = 8
_PASSES = 3
"""Times that each family is drawn from, until there are enough questions."""
_SIZES = (12, 16, 20, 28)
"""Most objects of the scenes of a shard, one after the other."""
_HARD = ("superlative", "ordinal", "nearest", "side", "between", "two-step", "two-step nearest",
         "color side", "near", "exist side", "verify side", "verify near")  # fmt: skip
_HARDER = 3.0
"""How much more often questions of hard families are asked."""
_PRONOUNS = 0.12
"""Share of the questions in which a name may become ``it``."""
_FITS = 0.5
_SCENE = ("center", "size", "shape", "colors", "group", "viewer", "room", "known")
_ASKED = ("word", "kind", "grams", "fits", "unit_known", "meant", "subject", "answer", "family")


@dataclass(frozen=True, eq=False)
class AskedScene:
    """A scene with its questions as arrays, not padded.

    Attributes:
        arrays: The N objects.
        units: Units of each question.
        fits: (T, N) per question, how well units fit objects.
        meant: (N,) bool per question, the objects that are meant.
        subject: Per question, the object whose name or color is the answer; -1 = none.
        answer: Per question, the number of the answer.
        family: Per question, the number of its family.
    """

    arrays: InstanceArrays
    units: tuple[list[Unit], ...]
    fits: tuple[NDArray[np.float32], ...]
    meant: tuple[NDArray[np.bool_], ...]
    subject: tuple[int, ...]
    answer: tuple[int, ...]
    family: tuple[int, ...]


def most_objects(number: int) -> int:
    """Most objects in the scenes of a shard."""
    return _SIZES[number % len(_SIZES)]


@dataclass(frozen=True)
class Asking:
    """What is asked about a scene.

    Attributes:
        questions: Number of questions.
        held_out: Whether to use held-out wordings; otherwise they and held-out pairs are left out.
        paraphrase: Whether some are asked in other words, and some with ``it`` for a name.
        tries: Draws for each question; fewer are faster, and find fewer.
        families: Families of questions.
    """

    questions: int
    held_out: bool = False
    paraphrase: bool = True
    tries: int = _TRIES
    families: tuple[str, ...] = FAMILIES_OF_QUESTIONS


def asked_scene(
    layout: Layout, rng: np.random.Generator, asking: Asking, vocabulary: Vocabulary | None = None
) -> AskedScene | None:
    """A layout with questions about it, or None if too few can be asked.

    Args:
        layout: The layout; not varied.
        rng: Random numbers; advanced.
        asking: What is asked.
        vocabulary: The words of a network that leaves out fillers among unknown words; None keeps
            all words.
    """
    chosen = _drawn(layout, rng, asking)
    if len(chosen) < asking.questions:
        return None
    truth = layout.truth
    names = [class_name(label) for label in truth.labels]
    objects = UnitObjects(truth.id, name_scores(names), layout.colors, truth.is_target)
    lexicon = Lexicon(truth.labels)
    units, fits, meant, subject, answer, family = [], [], [], [], [], []
    for one in chosen:
        text = one.text
        if asking.paraphrase:
            text = paraphrased(text, rng, is_question=bool(one.answer))
        read = read_units(text, lexicon)
        read = (read if vocabulary is None else vocabulary.heard(read))[: UNITS - 1]
        found = match_units(read, objects)
        if asking.paraphrase and rng.random() < _PRONOUNS:
            read, found = with_pronoun(read, found)
        units.append(read)
        fits.append(found)
        meant.append(np.isin(truth.id, one.ids))
        subject.append(_subject(one, truth.labels, meant[-1]))
        answer.append(answer_number(one))
        family.append(FAMILIES_OF_QUESTIONS.index(one.family))
    arrays = arrays_of(
        (layout.low, layout.high), layout.sizes, layout.colors, names, truth.is_target,
        truth.viewer,
    )  # fmt: skip
    return AskedScene(
        arrays, tuple(units), tuple(fits), tuple(meant), tuple(subject), tuple(answer),
        tuple(family),
    )  # fmt: skip


def with_pronoun(
    units: list[Unit], fits: NDArray[np.float32]
) -> tuple[list[Unit], NDArray[np.float32]]:
    """The units with ``it`` for the first name of one object, as in the course of a dialogue.

    Args:
        units: Units of a question.
        fits: (T, N) how well they fit the objects.
    """
    if any(unit.kind == "pronoun" for unit in units):
        return units, fits
    for row in range(1, len(units)):
        is_one = units[row].kind == "name" and not units[row].plural
        if is_one and units[row - 1].text == "the" and (fits[row] >= _FITS).sum() == 1:
            it = Unit("pronoun", "it", False, "it")
            said = np.delete(fits, row - 1, axis=0)
            said[row - 1] = fits[row] >= _FITS
            return [*units[: row - 1], it, *units[row + 1 :]], said
    return units, fits


def answer_number(question: WorldQuestion) -> int:
    """The number of the answer of a question in `ANSWERS`; names are `NAME`."""
    if not question.answer:
        return ANSWERS.index(FIND)
    if question.answer in ANSWERS:
        return ANSWERS.index(question.answer)
    return ANSWERS.index(NAME)


def make_shard(
    path: Path,
    layouts: Sequence[Layout],
    vocabulary: Vocabulary,
    *,
    number: int,
    scenes: int,
    questions: int,
    seed: int = 0,
) -> None:
    """Makes one shard of varied layouts, atomically.

    Args:
        path: The file.
        layouts: The layouts.
        vocabulary: Words by number.
        number: Number of the shard; another one gives other scenes.
        scenes: Number of scenes.
        questions: Questions about each.
        seed: Random seed.
    """
    rng = np.random.default_rng([seed, number, 51])
    found: list[AskedScene] = []
    while len(found) < scenes:
        layout = layouts[int(rng.integers(len(layouts)))]
        most = most_objects(number)
        if len(layout.truth.id) > most:
            most = int(rng.integers(max(most // 2, 5), most + 1))
        scene = asked_scene(varied(layout, rng, most=most), rng, Asking(questions))
        if scene is not None:
            found.append(scene)
    facts = {"version": _VERSION, "words": list(vocabulary.words)}
    arrays = packed(found, vocabulary, most=most_objects(number))
    write_bytes(path, save(arrays, metadata={"facts": json.dumps(facts)}))


def make_shards(
    folder: Path,
    worlds: Sequence[Path],
    config: LanguageTrainingConfig,
    *,
    progress: Progress = no_progress,
) -> None:
    """Makes the shards of a training that are missing, by `num_workers` processes.

    Args:
        folder: Where they are.
        worlds: Files of layouts.
        config: How many there are, and of what size.
        progress: Progress callback (stage, done, total, unit).
    """
    folder.mkdir(parents=True, exist_ok=True)
    make_missing(
        functools.partial(_make_numbered, folder, tuple(worlds), config),
        {shard_path(folder, number): number for number in range(config.shards)},
        num_workers=config.num_workers,
        progress=shown(progress, "make questions", "shards"),
    )


def shard_path(folder: Path, number: int) -> Path:
    """The file of a shard."""
    return folder / f"questions-{number:05d}.safetensors"


def _make_numbered(
    folder: Path, worlds: tuple[Path, ...], config: LanguageTrainingConfig, number: int
) -> None:
    make_shard(
        shard_path(folder, number), _layouts(worlds), training_vocabulary(), number=number,
        scenes=config.shard_scenes, questions=config.questions, seed=config.seed,
    )  # fmt: skip


@functools.lru_cache(maxsize=1)
def _layouts(worlds: tuple[Path, ...]) -> list[Layout]:
    """The layouts of some files, read once per process."""
    return load_layouts(worlds)


def packed(
    scenes: Sequence[AskedScene], vocabulary: Vocabulary, *, most: int
) -> dict[str, NDArray[Any]]:
    """Scenes with equally many questions as arrays, padded to `most` objects and `UNITS` units."""
    count, asked = len(scenes), len(scenes[0].units)
    rows: dict[str, list[NDArray[Any]]] = {name: [] for name in (*_SCENE, *_ASKED)}
    for scene in scenes:
        arrays = scene.arrays
        known = np.zeros(most, bool)
        known[: len(arrays.center)] = True
        rows["known"].append(known)
        for name in ("center", "size", "shape", "colors", "group"):
            rows[name].append(_padded(getattr(arrays, name), most))
        rows["viewer"].append(arrays.viewer)
        rows["room"].append(arrays.room)
        for units, fits, meant in zip(scene.units, scene.fits, scene.meant, strict=True):
            rows["word"].append(_padded(vocabulary.ids(units).astype(np.int16), UNITS))
            rows["kind"].append(_padded(kind_ids(units).astype(np.uint8), UNITS))
            rows["grams"].append(_padded(byte_grams(units).astype(np.int16), UNITS, fill=-1))
            table = np.zeros((UNITS, most), np.uint8)
            table[1 : 1 + len(units), : fits.shape[1]] = np.rint(fits * 255)
            rows["fits"].append(table)
            rows["unit_known"].append(np.arange(UNITS) <= len(units))
            rows["meant"].append(_padded(meant, most))
        rows["subject"].append(np.array(scene.subject, np.int16))
        rows["answer"].append(np.array(scene.answer, np.uint8))
        rows["family"].append(np.array(scene.family, np.uint8))
    result = {}
    for name, values in rows.items():
        stacked = np.stack(values)
        if name in _ASKED and len(stacked) != count:
            stacked = stacked.reshape(count, asked, *stacked.shape[1:])
        result[name] = np.ascontiguousarray(stacked)
    return result


def read_shard(path: Path, vocabulary: Vocabulary) -> dict[str, NDArray[Any]]:
    """The arrays of a shard.

    Raises:
        FormatError: It is damaged, of another version, or made with other words.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            facts = json.loads((file.metadata() or {}).get("facts", "{}"))
            arrays = {name: file.get_tensor(name) for name in file.keys()}
    except (OSError, SafetensorError) as error:
        raise FormatError(
            f"{path}", expected="a shard of questions", got=str(error)[:80],
            do="Delete it, and make it again.",
        ) from error  # fmt: skip
    right = facts.get("version") == _VERSION and facts.get("words") == list(vocabulary.words)
    if not right or set(arrays) != {*_SCENE, *_ASKED}:
        raise FormatError(
            f"{path}", expected="a shard of questions with the same words", got="another one",
            do="Delete it, and make it again.",
        )  # fmt: skip
    return arrays


def _drawn(layout: Layout, rng: np.random.Generator, asking: Asking) -> list[WorldQuestion]:
    """Questions of all families, hard ones more often."""
    hard = tuple(one for one in asking.families if one in _HARD)
    usual = tuple(one for one in asking.families if one not in _HARD)
    found: dict[str, WorldQuestion] = {}
    for _ in range(_PASSES):
        seed = int(rng.integers(1 << 30))
        for one in (
            question
            for families, count in ((usual, 1), (hard, 2))
            if families
            for question in questions_about(
                layout.truth, seed=seed, per_family=count, families=families,
                held_out=asking.held_out, tries=asking.tries,
            )
        ):  # fmt: skip
            if asking.held_out or not one.held_out_pair:
                found.setdefault(one.text, one)
        if len(found) >= asking.questions:
            break
    pool = list(found.values())
    if len(pool) < asking.questions:
        return []
    weights = np.array([_HARDER if one.family in _HARD else 1.0 for one in pool])
    rows = rng.choice(len(pool), asking.questions, replace=False, p=weights / weights.sum())
    return [pool[row] for row in rows]


def _subject(one: WorldQuestion, labels: Sequence[str], meant: NDArray[np.bool_]) -> int:
    """The row of the object whose name or color is the answer; -1 if it is neither."""
    rows = np.flatnonzero(meant).tolist()
    if one.answer and answer_number(one) == ANSWERS.index(NAME):
        said = [row for row in rows if labels[row] == one.answer]
        return said[0] if len(said) == 1 else rows[0] if len(rows) == 1 else -1
    is_color = one.family in ("color", "color side")
    return rows[0] if is_color and len(rows) == 1 else -1


def _padded(values: NDArray[Any], length: int, *, fill: int = 0) -> NDArray[Any]:
    """Rows of an array, filled up to a length."""
    found = np.full((length, *values.shape[1:]), fill, values.dtype)
    found[: len(values)] = values
    return found
