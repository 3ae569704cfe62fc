"""How many questions about held-out worlds are answered right, and how fast.

Every question comes with its true answer and is free of doubt (`scenewright.worlds.language`). The
scene has true boxes, names and colors, so that language alone is measured; in the column `damaged`,
boxes are shifted by 3 cm, one in twenty objects is missing and one in twenty has lost its name.
Beside it: a blind run (naive Bayes on the words, trained on questions about other worlds) and a
majority run (the most frequent answer of all questions, or of all phrases). A phrase counts as
right if exactly the objects that it means are found.

Run: python benchmarks/language_accuracy.py --json benchmarks/results/language_accuracy.json
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from time import process_time

import numpy as np
import tyro

from bench_common import Goal, Report, Table, run_main
from scenewright.core import Scene
from scenewright.metrics.language.blind import BlindModel
from scenewright.models import SceneLanguage, SceneReader, create
from scenewright.worlds import make_world
from scenewright.worlds.composing.world import World
from scenewright.worlds.language.drawing import WorldQuestion
from scenewright.worlds.language.questions import (
    FAMILIES_OF_QUESTIONS,
    FIRST_HELD_OUT_SEED,
    make_questions,
    questions_hash,
)
from scenewright.worlds.language.scenes import true_scene

SLOWEST = 50.0
"""Milliseconds for a question about 60 objects."""
COLUMNS = ("true boxes", "held-out words", "damaged", "blind", "majority")
_SHIFT = 0.03
_LOST = 0.05


@dataclass
class Options:
    """What is asked, and about how many worlds."""

    worlds: int = 8
    """Held-out worlds of each of three groups."""
    training_worlds: int = 20
    """Worlds from which the blind and the majority run learn."""
    per_family: int = 3
    """Questions of each family, per world and kind of wording."""
    model: str = "lm/symbolic"
    """Model of language."""
    weights: str | None = None
    """Reference of its weights; default: those of the wheel, if it has any."""
    json: Path | None = None
    """File for the tables and all numbers."""


@dataclass
class Tally:
    """Right answers by family, group and column."""

    right: dict[tuple[str, int, str], int] = field(default_factory=dict)
    all: dict[tuple[str, int, str], int] = field(default_factory=dict)

    def add(self, family: str, group: int, column: str, *, is_right: bool) -> None:
        """Counts one answer."""
        key = (family, group, column)
        self.right[key] = self.right.get(key, 0) + is_right
        self.all[key] = self.all.get(key, 0) + 1

    def shares(self, family: str, column: str) -> list[float]:
        """Percent of right answers in each group that has any."""
        keys = [(family, group, column) for group in range(3)]
        return [100 * self.right[key] / self.all[key] for key in keys if self.all.get(key)]


def expected(question: WorldQuestion) -> str:
    """The answer as a text; of a phrase its ids."""
    return question.answer or ",".join(map(str, question.ids)) or "none"


def answer(reader: SceneReader, question: WorldQuestion) -> str:
    """What a model answers, in the same form."""
    if question.answer:
        return reader.ask(question.text).text
    return ",".join(map(str, sorted(reader.ground(question.text).ids))) or "none"


def damaged(scene: Scene, seed: int) -> Scene:
    """The scene with shifted boxes, some missing and some without a name."""
    rng = np.random.default_rng([seed, 31])
    table = scene.instances
    moved = replace(
        table,
        center=table.center + rng.normal(0, _SHIFT, table.center.shape),
        label=tuple("" if rng.random() < _LOST else label for label in table.label),
    )
    keep = (rng.random(len(table)) >= _LOST) | table.is_stuff
    lost = moved.id[~keep]
    points = scene.points
    assert points is not None and points.instance_id is not None
    left = points[~np.isin(points.instance_id, lost)]
    return replace(scene, instances=moved[keep], points=left)


def opened(options: Options) -> SceneLanguage:
    """The model."""
    given = {} if options.weights is None else {"weights": options.weights}
    language: SceneLanguage = create(options.model, **given)
    return language


def rooms(first: int, count: int) -> Iterator[tuple[int, World]]:
    """Furnished rooms, one by one."""
    for seed in range(first, first + count):
        yield seed, _room(seed)


@functools.lru_cache(maxsize=64)
def _room(seed: int) -> World:
    return make_world("rooms", seed)


def learn(options: Options) -> tuple[dict[bool, BlindModel], str]:
    """The blind models of phrases (False) and of questions, and the hash of what they learned."""
    questions = [
        question
        for seed, world in rooms(0, options.training_worlds)
        for question in make_questions(world, seed=seed, per_family=options.per_family)
    ]
    models = {}
    for is_question in (False, True):
        mine = [one for one in questions if bool(one.answer) == is_question]
        models[is_question] = BlindModel([q.text for q in mine], [expected(q) for q in mine])
    return models, questions_hash(questions)


def measure(options: Options, blind: dict[bool, BlindModel]) -> tuple[Tally, str]:
    """Asks everything; also returns the hash of the questions."""
    language, tally, asked = opened(options), Tally(), []
    for group in range(3):
        first = FIRST_HELD_OUT_SEED + 1000 * group
        for seed, world in rooms(first, options.worlds):
            scene = true_scene(world)
            reader, worse = language.read(scene), language.read(damaged(scene, seed))
            for held_out in (False, True):
                questions = make_questions(
                    world, seed=seed, per_family=options.per_family, held_out=held_out
                )
                asked += questions
                for one in questions:
                    truth = expected(one)
                    column = "held-out words" if held_out else "true boxes"
                    found = {column: answer(reader, one)}
                    if not held_out:
                        found["damaged"] = answer(worse, one)
                        model = blind[bool(one.answer)]
                        found["blind"] = model.answer(one.text)
                        found["majority"] = model.majority
                    for name, text in found.items():
                        tally.add(one.family, group, name, is_right=text == truth)
    return tally, questions_hash(asked)


def accuracy_table(tally: Tally, note: str) -> Table:
    """Percent of right answers per family: means of three groups and their spread."""
    rows = []
    for family in FAMILIES_OF_QUESTIONS:
        count = sum(tally.all.get((family, group, "true boxes"), 0) for group in range(3))
        cells = []
        for column in COLUMNS:
            shares = tally.shares(family, column)
            cells.append(f"{np.mean(shares):.1f} ±{np.std(shares):.1f}" if shares else "-")
        rows.append((family, str(count), *cells))
    means = [
        np.mean([np.mean(s) for f in FAMILIES_OF_QUESTIONS if (s := tally.shares(f, column))])
        for column in COLUMNS
    ]
    total = sum(n for (_, _, column), n in tally.all.items() if column == "true boxes")
    rows.append(("mean of families", str(total), *(f"{mean:.1f}" for mean in means)))
    return Table("Right answers, percent", ("family", "questions", *COLUMNS), tuple(rows), note)


def time_questions(options: Options) -> tuple[float, float, int]:
    """Median and longest milliseconds of a question, and the number of objects asked about.

    It is the time of one core; each question is asked three times, and the fastest counts.
    """
    world = make_world("random", FIRST_HELD_OUT_SEED, num_objects=(60, 60))
    scene = true_scene(world)
    reader = opened(options).read(scene)
    questions = make_questions(world, per_family=3)
    times = []
    for one in questions:
        tries = []
        for _ in range(3):
            start = process_time()
            answer(reader, one)
            tries.append(1e3 * (process_time() - start))
        times.append(min(tries))
    return float(np.median(times)), max(times), int((~scene.instances.is_stuff).sum())


def main() -> None:
    """Measures and prints."""
    options = tyro.cli(Options, description=__doc__)
    report = Report("language_accuracy", asdict(options))
    blind, learned = learn(options)
    tally, asked = measure(options, blind)
    note = (
        f"Means and standard deviations of three groups of {options.worlds} rooms each, with seeds "
        f"from {FIRST_HELD_OUT_SEED:,}. Hash of the questions: {asked}; of those that the blind "
        f"run learned from: {learned}."
    )
    median, longest, count = time_questions(options)
    report.add(accuracy_table(tally, note))
    report.add(
        Table(
            f"Milliseconds of one core for a question about {count} objects, after loading",
            ("model", "median", "longest"),
            ((options.model, f"{median:.1f}", f"{longest:.1f}"),),
        )
    )
    report.results["right"] = {
        family: {column: tally.shares(family, column) for column in COLUMNS}
        for family in FAMILIES_OF_QUESTIONS
    }
    report.results["hashes"] = {"asked": asked, "learned": learned}
    report.goals.append(Goal("longest question about 60 objects", longest, SLOWEST, "ms"))
    report.finish(options.json)


if __name__ == "__main__":
    run_main(main)
