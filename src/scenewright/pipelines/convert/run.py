"""``scenewright convert``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from scenewright.core import Scene
from scenewright.io import load_scene, save
from scenewright.pipelines.convert.settings import ConvertSettings
from scenewright.pipelines.sources.scenes import choose_instances, given_up


@dataclass(frozen=True, eq=False)
class Converted:
    """What was written.

    Attributes:
        path: File or folder.
        scene: The scene that was written.
    """

    path: Path
    scene: Scene


def convert_run(
    input: str | Path,
    output: str | Path,
    settings: ConvertSettings | None = None,
    *,
    overwrite: bool = False,
) -> Converted:
    """Reads a scene and writes it in another format, chosen by suffix.

    Args:
        input: Run, scene folder, .glb, .ply or .json.
        output: File or folder to make.
        settings: Which instances are written; None takes all.
        overwrite: Whether an existing output may be replaced.

    Raises:
        FormatError: The input cannot be read, or the scene lacks what the format stores.
        ConventionError: There is no such instance.
        OutputError: The output exists, or cannot be written.
    """
    settings = settings or ConvertSettings()
    scene = load_scene(input)
    if settings.only or settings.without:
        scene = choose_instances(scene, only=settings.only, without=settings.without)
    scene = replace(scene, up=given_up(settings.up, scene))
    save(scene, output, overwrite=overwrite)
    return Converted(Path(output), scene)
