"""``scenewright ground``: finds the objects that a phrase means, and boxes them in a picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scenewright.models import Grounding
from scenewright.pipelines.ground.settings import GroundSettings
from scenewright.pipelines.pictures.marked_objects import default_picture, mark_objects
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
) -> Grounded:
    """Finds the objects that a phrase means.

    Args:
        scene: Run, scene folder or scene file.
        phrase: The phrase.
        settings: Model, and whether a picture is written; None takes the defaults.
        picture: Picture to write, an older one is replaced; None = ``runs/NAME-found.png``.

    Raises:
        FormatError: The scene cannot be read.
        UnknownNameError: There is no such model.
    """
    chosen = settings or GroundSettings()
    loaded, reader = open_reader(scene, chosen.model)
    found = reader.ground(phrase)
    drawn = None
    if chosen.draw and found.ids:
        path = Path(picture) if picture is not None else default_picture(scene, "found")
        ids = (*found.ids, *found.anchors)
        drawn = mark_objects(loaded, ids, path, title=phrase, caption=found.sentence)
    table = loaded.instances
    return Grounded(found, dict(zip(table.id.tolist(), table.label, strict=True)), drawn)
