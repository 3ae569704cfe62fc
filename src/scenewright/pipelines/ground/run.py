"""``scenewright ground``: finds the objects that a phrase means, and boxes them in a picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scenewright.models import Grounding
from scenewright.pipelines.ground.settings import GroundSettings
from scenewright.pipelines.pictures.marked_objects import mark_objects, picture_path
from scenewright.pipelines.sources.readers import open_reader


@dataclass(frozen=True, eq=False)
class Grounded:
    """What a phrase means in a scene.

    Attributes:
        grounding: Ids and probabilities.
        labels: Label by id.
        picture: The picture, or None if none was written.
    """

    grounding: Grounding
    labels: dict[int, str]
    picture: Path | None


def ground_run(
    scene: str | Path,
    phrase: str,
    settings: GroundSettings | None = None,
    *,
    picture: str | Path | None = None,
    overwrite: bool = False,
) -> Grounded:
    """Finds the objects that a phrase means.

    Args:
        scene: Run, scene folder or scene file.
        phrase: The phrase.
        settings: Model, and whether a picture is written; None takes the defaults.
        picture: Picture to write, a .png; None = ``runs/NAME-found.png``, which is replaced.
        overwrite: Whether an existing `picture` may be replaced.

    Raises:
        FormatError: The scene cannot be read, or the picture is no .png.
        OutputError: The picture exists and may not be replaced, or cannot be written.
        UnknownNameError: There is no such model.
    """
    chosen = settings or GroundSettings()
    path = picture_path(picture, scene, "found", overwrite=overwrite)
    loaded, reader = open_reader(scene, chosen.model, chosen.weights)
    found = reader.ground(phrase)
    drawn = None
    if chosen.draw and found.ids:
        ids = (*found.ids, *found.anchors)
        drawn = mark_objects(loaded, ids, path, title=phrase, caption=found.sentence)
    table = loaded.instances
    return Grounded(found, dict(zip(table.id.tolist(), table.label, strict=True)), drawn)
