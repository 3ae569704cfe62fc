"""Runs that answer: a model that reads scenes, words alone, and the most frequent answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scenewright.core import FormatError, Progress, Scene, no_progress
from scenewright.io import load_scene
from scenewright.metrics.language.blind import BlindModel
from scenewright.models import SceneLanguage
from scenewright.pipelines.evaluate_language.items import LanguageItem

Prediction = str | tuple[int, ...]
_FOLDS = 5
_SUFFIXES = ("", ".json", ".ply", ".glb")


class SceneShelf:
    """The scenes of a folder by id, one kept in memory at a time.

    Args:
        folder: Holds a run, a scene folder or a scene file of each id.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._last: tuple[str, Scene] | None = None

    def scene(self, scene_id: str) -> Scene:
        """The scene with an id.

        Raises:
            FormatError: There is none, or it is damaged.
        """
        if self._last is None or self._last[0] != scene_id:
            self._last = (scene_id, load_scene(self._path(scene_id)))
        return self._last[1]

    def _path(self, scene_id: str) -> Path:
        for suffix in _SUFFIXES:
            path = self._folder / f"{scene_id}{suffix}"
            if path.exists():
                return path
        raise FormatError(
            f"{self._folder / scene_id}",
            expected="a run, a scene folder, or a .json, .ply or .glb of that name",
            got="none",
        )


def model_predictions(
    items: Sequence[LanguageItem],
    shelf: SceneShelf,
    model: SceneLanguage,
    *,
    progress: Progress = no_progress,
) -> list[Prediction]:
    """What a model answers: a text to a question, ids to a phrase."""
    found: dict[int, Prediction] = {}
    order = sorted(range(len(items)), key=lambda i: items[i].scene_id)
    reader, opened = None, ""
    for count, i in enumerate(order, start=1):
        item = items[i]
        if reader is None or opened != item.scene_id:
            reader, opened = model.read(shelf.scene(item.scene_id)), item.scene_id
        if item.object_ids is None:
            found[i] = reader.ask(item.text).text
        else:
            found[i] = reader.ground(item.text).ids
        progress("questions", count, len(items), "questions")
    return [found[i] for i in range(len(items))]


def blind_predictions(
    items: Sequence[LanguageItem], train: Sequence[LanguageItem] | None
) -> tuple[list[Prediction], list[Prediction]] | None:
    """What the blind run and the majority run answer.

    Args:
        items: What is to be answered.
        train: What they learn from; None = in five parts, each from the other scenes of `items`.

    Returns:
        Two lists, or None if there is only one scene and nothing else to learn from.
    """
    if train is not None:
        model = _learned(train)
        return [_read(model.answer(one.text), one) for one in items], [
            _read(model.majority, one) for one in items
        ]
    scenes = sorted({one.scene_id for one in items})
    if len(scenes) < 2:
        return None
    folds = {scene: number % min(_FOLDS, len(scenes)) for number, scene in enumerate(scenes)}
    blind: list[Prediction] = [""] * len(items)
    majority: list[Prediction] = [""] * len(items)
    for fold in sorted(set(folds.values())):
        model = _learned([one for one in items if folds[one.scene_id] != fold])
        for i, one in enumerate(items):
            if folds[one.scene_id] == fold:
                blind[i] = _read(model.answer(one.text), one)
                majority[i] = _read(model.majority, one)
    return blind, majority


def _learned(items: Sequence[LanguageItem]) -> BlindModel:
    return BlindModel([one.text for one in items], [_written(one) for one in items])


def _written(item: LanguageItem) -> str:
    """The first answer, or the ids as text."""
    if item.answers is not None:
        return item.answers[0].lower().strip(" .")
    return " ".join(map(str, item.object_ids or ()))


def _read(text: str, item: LanguageItem) -> Prediction:
    return text if item.object_ids is None else tuple(int(word) for word in text.split())
