"""``lm/nano``: answers questions about a scene by a small network, which points at objects.

Names, colors and pronouns are looked up (`question_units`); which objects a question means, and
what it asks for, is decided by the network. It answers in words, gives a probability for each
object, and says so if nothing matches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError, Scene
from scenewright.core.color_names import COLOR_WORDS
from scenewright.language._refusals import text_fault
from scenewright.language.captions import describe_row
from scenewright.language.facts import SceneFacts, read_facts
from scenewright.language.instance_arrays import arrays_of_facts, object_rows
from scenewright.language.lexicon import Lexicon, split_words
from scenewright.language.question_units import (
    Unit,
    UnitObjects,
    decides,
    match_units,
    read_units,
)
from scenewright.language.vocabulary import (
    ANSWERS,
    FIND,
    MOST_COUNTED,
    NAME,
    Vocabulary,
    byte_grams,
    kind_ids,
)
from scenewright.models.answers import NOTHING, Answer, AnswerStep, Caption, Grounding
from scenewright.models.cards import CARDS
from scenewright.models.weights import resolve_weights

if TYPE_CHECKING:
    from torch import Tensor

    from scenewright.models.networks.language.nano import NanoNetwork, NanoOutputs

_NAME = "lm/nano"
_UNKNOWN_SHARE = 0.5
"""Share of unknown words from which a text is not answered."""
_FITS = 0.5
"""Match from which a name fits an object."""
_LEAST = 0.01
_PHRASES = 12
"""Phrases that are tried until one means an object alone."""
_WHAT_IS_READ = "I read English questions about objects."
_WHAT_HELPS = "Ask without it, in other words, or with lm/symbolic."
_ALLOWED: dict[str, tuple[str, ...]] = {
    "ask verify": ("yes", "no"), "ask exist": ("yes", "no"), "ask color": COLOR_WORDS,
    "ask count": tuple(str(number) for number in range(MOST_COUNTED + 1)),
}  # fmt: skip
"""What a question that begins in some way can be answered with."""
_SHELL_NOTE = "Floor, walls and ceiling are left out: the network was not taught about them."


class NanoLanguage:
    """Reads scenes for questions.

    Args:
        weights: Reference of the weights, see `models.weights`.
        device: Torch device, such as ``cuda``.

    Raises:
        WeightsError: The weights are missing, damaged, or of another network.
    """

    def __init__(self, weights: str = "builtin:lm-nano", device: str = "cpu") -> None:
        from scenewright.models.networks.language.nano_files import read_nano

        card = CARDS[_NAME]
        sha256 = card.weights_sha256 if weights == card.weights else None
        found = resolve_weights(weights, backend=_NAME, sha256=sha256)
        network, words = read_nano(found.path, answers=ANSWERS)
        self._network, self._vocabulary = network.to(device), Vocabulary(words)
        self._device = device

    def read(self, scene: Scene) -> NanoReader:
        """Opens a scene.

        Args:
            scene: Any scene. Without labels, objects can be asked for by color, size, place and id.
        """
        return NanoReader(scene, self._network, self._vocabulary, device=self._device)


class NanoReader:
    """One scene, opened for questions.

    Args:
        scene: Any scene.
        network: The network, in evaluation mode.
        vocabulary: The words that it knows.
        device: Torch device of the network.

    Attributes:
        facts: What is known about the objects.
    """

    def __init__(
        self, scene: Scene, network: NanoNetwork, vocabulary: Vocabulary, *, device: str = "cpu"
    ) -> None:
        from scenewright.language.nano_tensors import object_tensors

        self.facts: SceneFacts = read_facts(scene)
        self._rows = object_rows(self.facts)
        arrays = arrays_of_facts(self.facts, self._rows)
        self._network, self._vocabulary, self._device = network, vocabulary, device
        self._colors = arrays.colors
        self._objects = object_tensors(arrays, device)
        self._lexicon = Lexicon(self.facts.labels)

    def ask(self, question: str, *, about: tuple[int, ...] = ()) -> Answer:
        """Answers a question; see `scenewright.models.SceneReader`."""
        units, fault = self._units(question, "question")
        if fault:
            return Answer(question, "unclear", fault, "unclear", is_found=False)
        heard = self._heard(units, about)
        text, kind, rows, sentence = self._answered(heard)
        missing = _missing(heard, all_names=kind in ("find", "name", "color", "verify"))
        if missing:
            text, rows, sentence = NOTHING, (), f"Nothing matches. There is no '{missing}'."
        found = text != NOTHING
        return Answer(
            question, text, sentence, kind, self._ids(rows), self._steps(heard),
            self._notes(units, heard, text), found, self._anchors(heard, rows),
        )  # fmt: skip

    def ground(self, phrase: str, *, about: tuple[int, ...] = ()) -> Grounding:
        """Finds the objects that a phrase means; see `scenewright.models.SceneReader`."""
        units, fault = self._units(phrase, "phrase")
        if fault:
            return Grounding(phrase, (), none=1.0, sentence=fault)
        heard = self._heard(units, about)
        missing = _missing(heard, all_names=True)
        if missing:
            heard = heard.of_nothing()
        rows = heard.rows
        sentence = self._titles(rows) + "." if rows else "Nothing matches."
        sentence += f" There is no '{missing}'." if missing else ""
        order = np.argsort(-heard.chances, kind="stable")
        return Grounding(
            phrase,
            self._ids(rows),
            {
                int(self.facts.id[self._rows[i]]): float(heard.chances[i])
                for i in order
                if heard.chances[i] >= _LEAST
            },
            heard.none,
            sentence[:1].upper() + sentence[1:],
            self._steps(heard),
            self._notes(units, heard, ""),
            self._anchors(heard, rows),
        )

    def caption(self, instance_id: int) -> Caption:
        """Describes one object in the words of ``lm/symbolic``; the phrase is one by which the
        network points at this object alone.

        Raises:
            ConventionError: No object has this id; the message lists the known ids.
        """
        found = np.flatnonzero(self.facts.id == instance_id)
        if not len(found):
            known = ", ".join(map(str, sorted(self.facts.id.tolist())[:20])) or "none"
            raise ConventionError(
                f"There is no object {instance_id}", expected=f"ids of the scene, such as {known}",
                got=str(instance_id),
            )  # fmt: skip
        said = describe_row(self.facts, int(found[0]))
        phrase, is_unique = said.phrases[0], False
        for one in said.phrases[:_PHRASES]:
            if self.ground(one).ids == (instance_id,):
                phrase, is_unique = one, True
                break
        anchors = tuple(int(self.facts.id[row]) for row in said.rows)
        return Caption(instance_id, said.text, phrase, is_unique, anchors)

    def _units(self, text: object, what: str) -> tuple[list[Unit], str]:
        """The units of a text, or why it is not answered."""
        if not isinstance(text, str):
            raise ConventionError(f"A {what}", expected="text", got=type(text).__name__)
        words = [word for word in split_words(text) if word not in "?!.,;:"]
        if fault := text_fault(words, as_phrase=what == "phrase"):
            return [], fault
        units = self._vocabulary.heard(read_units(text, self._lexicon))
        for unit in units:
            if unit.kind == "id" and unit.value not in self.facts.id:
                return [], f"There is no object {unit.value}."
        unknown = [unit for unit in units if not self._vocabulary.knows(unit)]
        if len(unknown) >= _UNKNOWN_SHARE * len(units):
            return [], f"I did not understand {_quoted(unknown)}. {_WHAT_IS_READ}"
        needed = [unit for unit in unknown if decides(unit, self._lexicon)]
        if needed and what == "question":
            return [], f"I did not understand {_quoted(needed)}, so I cannot answer. {_WHAT_HELPS}"
        return units, ""

    def _heard(self, units: list[Unit], about: tuple[int, ...]) -> _Heard:
        """Runs the network."""
        from scenewright.language.nano_tensors import outputs_of

        facts, rows = self.facts, self._rows
        objects = UnitObjects(
            facts.id[rows], lambda name: facts.named(name)[rows], facts.colors[rows],
            facts.is_object[rows],
        )  # fmt: skip
        fits = match_units(units, objects, about=about)
        if not len(rows):
            return _Heard(units, fits, (), np.zeros(0), 1.0, ANSWERS.index(FIND), -1)
        outputs = outputs_of(
            self._network, self._objects, self._colors,
            (self._vocabulary.ids(units), kind_ids(units), byte_grams(units)), fits,
            device=self._device,
        )  # fmt: skip
        return _heard(units, fits, outputs)

    def _answered(self, heard: _Heard) -> tuple[str, str, tuple[int, ...], str]:
        """Short answer, kind, rows of the objects that are cited, and sentence."""
        rows, answer = heard.rows, ANSWERS[heard.answer]
        titles = self._titles(rows)
        if answer == FIND:
            if not rows:
                return NOTHING, "find", (), "Nothing matches."
            return titles, "find", rows, f"{titles[:1].upper()}{titles[1:]}."
        if answer == NAME or answer in COLOR_WORDS:
            subject = heard.subject if heard.subject >= 0 else (rows[0] if rows else -1)
            if subject < 0 or (not rows and heard.none > 0.5):
                return NOTHING, "name" if answer == NAME else "color", (), "Nothing matches."
            title = self._titles((subject,))
            if answer == NAME:
                label = self.facts.labels[self._rows[subject]]
                return label or "unnamed", "name", (subject,), f"{title[:1].upper()}{title[1:]}."
            return answer, "color", (subject,), f"{title[:1].upper()}{title[1:]} is {answer}."
        if heard.asked == "ask exist":
            # Where the network points is surer than its word for it (measured in validation).
            cited = f": {titles}" if rows else ""
            answer = "yes" if rows else "no"
            return answer, "exist", rows, f"{answer.capitalize()}{cited}."
        if answer in ("yes", "no"):
            if heard.asked == "ask verify":
                if not rows:
                    return NOTHING, "verify", (), "Nothing matches."
                said = f"Yes: {titles}." if answer == "yes" else f"No. Asked about: {titles}."
                return answer, "verify", rows, said
            cited = f": {titles}" if rows else ""
            return answer, "exist", rows, f"{answer.capitalize()}{cited}."
        cited = f": {titles}" if rows and answer != "0" else ""
        return answer, "count", rows if answer != "0" else (), f"{answer}{cited}."

    def _steps(self, heard: _Heard) -> tuple[AnswerStep, ...]:
        """What was looked up, and what the network points at."""
        steps = []
        for unit, fits in zip(heard.units, heard.fits, strict=True):
            if unit.kind not in ("word", "thing"):
                rows = tuple(np.flatnonzero(fits >= _FITS).tolist())
                steps.append(
                    AnswerStep(f"'{unit.text}' fits {self._titles(rows) or 'nothing'}",
                               self._ids(rows))
                )  # fmt: skip
        order = np.argsort(-heard.chances, kind="stable")[:3].tolist()
        best = ", ".join(
            f"{self._titles((row,))} {heard.chances[row]:.2f}" for row in order
        )  # fmt: skip
        text = f"the network points at {best or 'nothing'}; at nothing {heard.none:.2f}"
        return (*steps, AnswerStep(text, self._ids(heard.rows)))

    def _notes(self, units: list[Unit], heard: _Heard, text: str) -> tuple[str, ...]:
        notes = list(self.facts.notes)
        unknown = [unit for unit in units if not self._vocabulary.knows(unit)]
        if unknown:
            notes.append(f"Words that the network was not taught: {_quoted(unknown)}.")
        if any(unit.value in ("floor", "wall", "ceiling") for unit in units):
            notes.append(_SHELL_NOTE)
        if text.isdecimal() and int(text) != len(heard.rows):
            notes.append(f"The network counts {text}, but points at {len(heard.rows)} objects.")
        return tuple(notes)

    def _anchors(self, heard: _Heard, rows: tuple[int, ...]) -> tuple[int, ...]:
        """Ids of other objects that the question names."""
        named = [
            row
            for unit, fits in zip(heard.units, heard.fits, strict=True)
            if unit.kind in ("name", "id")
            for row in np.flatnonzero(fits >= _FITS).tolist()
            if int((fits >= _FITS).sum()) == 1
        ]
        return self._ids(tuple(row for row in dict.fromkeys(named) if row not in rows))

    def _titles(self, rows: tuple[int, ...]) -> str:
        return ", ".join(self.facts.title(int(self._rows[row])) for row in rows)

    def _ids(self, rows: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(int(self.facts.id[self._rows[row]]) for row in rows)


def _quoted(units: list[Unit]) -> str:
    """The words of up to six units, without what kind of word they are."""
    texts = [unit.text.split()[-1] if unit.kind == "word" else unit.text for unit in units[:6]]
    return ", ".join(f"'{text}'" for text in texts)


class _Heard:
    """What the network said about a question; rows are those of the objects that it sees."""

    def __init__(
        self,
        units: list[Unit],
        fits: NDArray[np.float32],
        rows: tuple[int, ...],
        chances: NDArray[np.float64],
        none: float,
        answer: int,
        subject: int,
    ) -> None:
        self.units, self.fits, self.rows, self.chances = units, fits, rows, chances
        self.none, self.answer, self.subject = none, answer, subject

    @property
    def asked(self) -> str:
        """The unit that says what is asked for, such as ``ask count``; "" if none does."""
        first = self.units[0].text if self.units else ""
        return first if first in _ALLOWED else ""

    def of_nothing(self) -> _Heard:
        """The same where nothing is meant."""
        empty = np.zeros_like(self.chances)
        return _Heard(self.units, self.fits, (), empty, 1.0, self.answer, self.subject)


def _missing(heard: _Heard, *, all_names: bool) -> str:
    """A name in a question that no object has, so that the question has no answer; "" if none.

    The network was not taught about things that are presumed and missing, such as the piano of
    "the chair next to the piano". In "are there chairs?" the first name may be missing.

    Args:
        heard: The units and what they fit.
        all_names: Whether the first name must fit something, too.
    """
    names = [
        (unit.text, bool((fits >= _FITS).any()))
        for unit, fits in zip(heard.units, heard.fits, strict=True)
        if unit.kind == "name"
    ]
    return next((text for text, fits in names[0 if all_names else 1 :] if not fits), "")


def _heard(units: list[Unit], fits: NDArray[np.float32], outputs: NanoOutputs) -> _Heard:
    from scenewright.models.networks.language.readings import meant_objects

    meant = np.flatnonzero(_numbers(meant_objects(outputs)[0, 0]))
    chances = _numbers(outputs.objects[0, 0].sigmoid())
    rows = tuple(sorted(meant.tolist(), key=lambda row: -chances[row]))
    return _Heard(
        units, fits, rows, chances, float(outputs.none[0, 0].sigmoid()),
        _answer(units, _numbers(outputs.answer[0, 0])), int(outputs.subject[0, 0].argmax()),
    )  # fmt: skip


def _answer(units: list[Unit], logits: NDArray[np.float64]) -> int:
    """The number of the best answer among those that the form of the question allows."""
    allowed = _ALLOWED.get(units[0].text, ANSWERS)
    numbers = [ANSWERS.index(one) for one in allowed]
    return numbers[int(logits[numbers].argmax())]


def _numbers(values: Tensor) -> NDArray[np.float64]:
    return np.asarray(values.double().cpu().numpy())
