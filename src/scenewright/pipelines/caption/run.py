"""``scenewright caption``: describes the objects of a scene."""

from __future__ import annotations

from pathlib import Path

from scenewright.io import write_json
from scenewright.models import Caption
from scenewright.pipelines.caption.settings import CaptionSettings
from scenewright.pipelines.caption.steps import caption


def caption_run(
    scene: str | Path,
    settings: CaptionSettings | None = None,
    *,
    output: str | Path | None = None,
) -> dict[int, Caption]:
    """Describes the objects of a scene.

    Args:
        scene: Run, scene folder or scene file.
        settings: Which objects, and by which model; None takes the defaults.
        output: JSON file to write, an older one is replaced.

    Raises:
        FormatError: The scene cannot be read.
        ConventionError: The scene has no object with such an id.
        OutputError: The file cannot be written.
    """
    chosen = settings or CaptionSettings()
    found = caption(scene, id=chosen.id, model=chosen.model, weights=chosen.weights)
    if output is not None:
        write_json(
            output,
            [
                {
                    "id": one.id,
                    "text": one.text,
                    "phrase": one.phrase,
                    "is_unique": one.is_unique,
                    "others": list(one.ids),
                }
                for one in found.values()
            ],
        )
    return found
