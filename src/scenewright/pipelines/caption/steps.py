"""Descriptions of objects from Python: `caption`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scenewright.core import Scene
from scenewright.models import Caption
from scenewright.pipelines.caption.settings import CaptionSettings
from scenewright.pipelines.sources.readers import open_reader


def caption(
    scene: Scene | str | Path,
    *,
    id: Sequence[int] = (),
    model: str = CaptionSettings.model,
    weights: str | None = CaptionSettings.weights,
) -> dict[int, Caption]:
    """Describes the objects of a scene.

    Args:
        scene: A scene, or the path of a run or of a scene file.
        id: Objects to describe; none = all but floor, walls and ceiling.
        model: Model of language.
        weights: Weights of the model; None = those of its card.

    Returns:
        Captions by id.

    Raises:
        FormatError: The scene cannot be read.
        ConventionError: The scene has no object with such an id.
        UnknownNameError: There is no such model.
    """
    loaded, reader = open_reader(scene, model, weights)
    table = loaded.instances
    chosen = list(id) or table.id[~table.is_stuff].tolist()
    return {number: reader.caption(number) for number in chosen}
