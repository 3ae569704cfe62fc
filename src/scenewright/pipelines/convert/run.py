"""``scenewright convert``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scenewright.core import Scene
from scenewright.io import load_scene, save
from scenewright.pipelines.convert.settings import ConvertSettings
from scenewright.pipelines.sources.scenes import choose_instances
from scenewright.simulation import simulation_format, simulation_scene, write_simulation


@dataclass(frozen=True, eq=False)
class Converted:
    """What was written.

    Attributes:
        path: File or folder.
        scene: The scene that was written.
        notes: What was decided for a simulator, a sentence each.
    """

    path: Path
    scene: Scene
    notes: tuple[str, ...] = ()


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
    if simulation_format(output) is not None:
        bodies = simulation_scene(scene)
        write_simulation(output, bodies, overwrite=overwrite)
        return Converted(Path(output), scene, bodies.notes)
    save(scene, output, overwrite=overwrite)
    return Converted(Path(output), scene)
