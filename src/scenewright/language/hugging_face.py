"""``lm/hf``: any causal language model of transformers that was trained to read scenes.

Objects are found under a grammar: only identifiers of the scene, or none, can be written. Answers
in words are written freely; identifiers in them that the scene does not have are left out, with a
note.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from scenewright.core import ConventionError, Scene
from scenewright.language._refusals import text_fault
from scenewright.language.facts import SceneFacts, read_facts
from scenewright.language.instance_arrays import arrays_of_facts, object_rows
from scenewright.language.lexicon import Lexicon, split_words
from scenewright.language.programs import Query
from scenewright.language.question_parser import Unreadable, read_question
from scenewright.models.answers import NOTHING, Answer, AnswerStep, Caption, Grounding

_LEAST = 0.01
_CAPTION = "Describe {}."


class HuggingFaceLanguage:
    """Reads scenes by a language model.

    Args:
        weights: Folder that its training wrote, with LoRA and the tokenizer of scenes, as a path or
            ``file:PATH``.
        base: Reference of the language model itself; None = the one that the folder names.
        device: Torch device.
        dtype: float32, bfloat16 or float16.

    Raises:
        WeightsError: The folder or the language model is missing or damaged.
        MissingExtraError: A package of the extra ``lora`` is missing.
    """

    def __init__(
        self,
        *,
        weights: str,
        base: str | None = None,
        device: str = "cpu",
        dtype: str = "float32",
    ) -> None:
        from pathlib import Path

        from scenewright.models.adapters.scene_causal_files import read_scene_language

        folder = Path(weights.removeprefix("file:"))
        self._model = read_scene_language(folder, base=base, device=device, dtype=dtype)

    def read(self, scene: Scene) -> HuggingFaceReader:
        """Opens a scene: what all questions share is computed once.

        Args:
            scene: Any scene. Labels are given to the model as data.
        """
        return HuggingFaceReader(self._model, scene)


class HuggingFaceReader:
    """One scene, opened for questions.

    Args:
        model: The language model, a `SceneCausalModel`.
        scene: Any scene.

    Attributes:
        facts: What is known about its objects.
    """

    def __init__(self, model: Any, scene: Scene) -> None:
        import torch

        from scenewright.models.adapters.scene_objects import objects_of
        from scenewright.models.adapters.scene_prompt import NUM_IDENTIFIERS

        self._model = model
        self.facts: SceneFacts = read_facts(scene)
        self._lexicon = Lexicon(self.facts.labels)
        self._notes = list(self.facts.notes)
        rows = object_rows(self.facts)
        if len(rows) > NUM_IDENTIFIERS:
            volume = np.prod(self.facts.sizes[rows], axis=1)
            rows = np.sort(rows[np.argsort(-volume, kind="stable")[:NUM_IDENTIFIERS]])
            self._notes.append(f"The model sees the {NUM_IDENTIFIERS} largest objects alone.")
        self._rows = rows
        arrays = arrays_of_facts(self.facts, rows)
        objects = objects_of(
            arrays.center, arrays.size, arrays.shape, arrays.group, arrays.viewer, arrays.room
        )
        self._cache = None
        if len(rows):
            prompt = model.prompt([self.facts.labels[row] for row in rows], range(len(rows)))
            with torch.inference_mode():
                self._cache = model.shared(model.embedded(prompt, objects))

    def ask(self, question: str, *, about: tuple[int, ...] = ()) -> Answer:
        """Answers a question; see `scenewright.models.SceneReader`."""
        query, reason = self._read(question, "question")
        if reason:
            return Answer(question, "unclear", reason, "unclear", is_found=False)
        kind = query.kind if query is not None else "describe"
        if kind == "find":
            found = self.ground(question, about=about)
            text = ", ".join(self._title(number) for number in found.ids) or NOTHING
            return Answer(
                question, text, found.sentence, kind, found.ids, found.steps, found.notes,
                bool(found.ids),
            )  # fmt: skip
        written = self._written(self._with_about(question, about))
        text, ids, notes = self._named(written)
        text = text or NOTHING
        sentence = text[:1].upper() + text[1:]
        steps = (AnswerStep(f"written by the model: {written}", ids),)
        return Answer(
            question, text, f"{sentence.rstrip('.')}.", kind, ids, steps, (*self._notes, *notes)
        )

    def ground(self, phrase: str, *, about: tuple[int, ...] = ()) -> Grounding:
        """Finds the objects that a phrase means; see `scenewright.models.SceneReader`."""
        query, reason = self._read(phrase, "phrase")
        if reason or self._cache is None:
            return Grounding(phrase, (), none=1.0, sentence=reason or "The scene has no objects.")
        plural = query is None or any(one.plural for one in query.subjects)
        ((numbers, chances, none),) = self._model.pointed(
            self._cache, [self._entries(self._with_about(phrase, about), is_phrase=True)],
            range(len(self._rows)), plural=[plural],
        )  # fmt: skip
        ids = tuple(self._id(number) for number in numbers)
        order = sorted(range(len(chances)), key=lambda number: -chances[number])
        sentence = ", ".join(map(self._title, ids)) or "Nothing matches"
        return Grounding(
            phrase, ids,
            {self._id(number): chances[number] for number in order if chances[number] >= _LEAST},
            none, f"{sentence[:1].upper()}{sentence[1:]}.",
            (AnswerStep("chosen by the model among the objects of the scene, or none", ids),),
            tuple(self._notes),
        )  # fmt: skip

    def caption(self, instance_id: int) -> Caption:
        """Describes one object.

        Raises:
            ConventionError: No object that the model sees has this id.
        """
        number = self._number(instance_id)
        if number is None:
            known = ", ".join(str(self._id(one)) for one in range(min(len(self._rows), 20)))
            raise ConventionError(
                f"There is no object {instance_id}",
                expected=f"ids of the scene, such as {known or 'none'}", got=str(instance_id),
            )  # fmt: skip
        from scenewright.models.adapters.scene_prompt import identifier

        text, ids, _ = self._named(self._written(_CAPTION.format(identifier(number))))
        others = tuple(one for one in ids if one != instance_id)
        return Caption(instance_id, text, self._title(instance_id), None, others)

    def _read(self, text: str, what: str) -> tuple[Query | None, str]:
        """What is asked for, if rules can tell, or why it is not given to the model."""
        if not isinstance(text, str):
            raise ConventionError(f"A {what}", expected="text", got=type(text).__name__)
        plain = [word for word in split_words(text) if word not in "?!.,;:"]
        if reason := text_fault(plain, as_phrase=what == "phrase"):
            return None, reason
        query = read_question(text, self._lexicon, as_phrase=what == "phrase")
        return (None if isinstance(query, Unreadable) else query), ""

    def _with_about(self, text: str, about: tuple[int, ...]) -> str:
        from scenewright.models.adapters.scene_prompt import identifier

        numbers = [self._number(one) for one in about]
        named = ", ".join(identifier(one) for one in numbers if one is not None)
        return f"{text} ('it' means {named})" if named else text

    def _entries(self, text: str, *, is_phrase: bool) -> list[int]:
        from scenewright.models.adapters.scene_prompt import question_ids

        return question_ids(self._model.tokenizer, text, is_phrase=is_phrase)

    def _written(self, text: str) -> str:
        if self._cache is None:
            return ""
        found: list[str] = self._model.answers(
            self._cache, [self._entries(text, is_phrase=False)]
        )  # fmt: skip
        return found[0]

    def _named(self, written: str) -> tuple[str, tuple[int, ...], tuple[str, ...]]:
        """The text with titles in place of identifiers, the ids that it cites, and notes."""
        from scenewright.models.adapters.scene_prompt import identifier, numbers_in

        text, ids, notes = written, [], []
        for number in numbers_in(written):
            if number < len(self._rows):
                ids.append(self._id(number))
                text = text.replace(identifier(number), self._title(ids[-1]))
            else:
                text = text.replace(identifier(number), "")
                notes.append(f"The model named {identifier(number)}, which does not exist.")
        return " ".join(text.split()), tuple(ids), tuple(notes)

    def _id(self, number: int) -> int:
        return int(self.facts.id[self._rows[number]])

    def _number(self, instance_id: int) -> int | None:
        found = np.flatnonzero(self.facts.id[self._rows] == instance_id)
        return int(found[0]) if len(found) else None

    def _title(self, instance_id: int) -> str:
        row = int(np.flatnonzero(self.facts.id == instance_id)[0])
        return self.facts.title(row)
