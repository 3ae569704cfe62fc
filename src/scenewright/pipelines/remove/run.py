"""``scenewright remove``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from scenewright._version import __version__
from scenewright.completion.background import closed_background
from scenewright.core import ConventionError, OutputError, Scene, Step
from scenewright.io import load_scene, save
from scenewright.pipelines.remove.settings import RemoveSettings
from scenewright.pipelines.sources.scenes import choose_instances


@dataclass(frozen=True, eq=False)
class Removed:
    """What was written.

    Attributes:
        path: File or folder.
        scene: The scene that was written.
        num_closed: Number of faces that close floor, walls and ceiling.
    """

    path: Path
    scene: Scene
    num_closed: int


def remove_run(
    scene: str | Path,
    output: str | Path,
    settings: RemoveSettings,
    *,
    overwrite: bool = False,
) -> Removed:
    """Removes objects, closes the room behind them, and writes the scene.

    Args:
        scene: A run or a scene folder.
        output: File or folder to make, by suffix.
        settings: Which objects are removed.
        overwrite: Whether an existing output may be replaced.

    Raises:
        ConventionError: No id is given, one is unknown, or is a part of the room.
        OutputError: The output is the input, exists, or cannot be written.
    """
    if Path(output).resolve() == Path(scene).resolve():
        raise OutputError(
            f"Cannot write {output}", expected="an output that is not the input",
            got="the same path", do="Choose another name for the output.",
        )  # fmt: skip
    loaded = load_scene(scene)
    if not settings.ids:
        raise ConventionError(
            "Nothing to remove", expected="ids of objects (--ids)", got="none",
            do="'scenewright info' lists the ids of a scene.",
        )  # fmt: skip
    for i in settings.ids:
        row = loaded.instances.by_id(i)
        if row.role != "object":
            raise ConventionError(
                f"instance {i}", expected="an object", got=f"a part of the room ({row.role})"
            )
    closed, num_closed = closed_background(loaded, behind=settings.ids)
    result = choose_instances(closed, without=settings.ids)
    result = result.with_step(Step("remove", __version__, asdict(settings)))
    save(result, output, overwrite=overwrite)
    return Removed(Path(output), result, num_closed)
