"""A folder of pictures of a scene of surfels: from its views, and all around."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from scenewright._version import __version__
from scenewright.core import (
    Camera,
    ConventionError,
    Scene,
    SurfelCloud,
    UnknownNameError,
    require,
)
from scenewright.core.progress import Progress, no_progress
from scenewright.io import atomic_folder, load_scene, write_json
from scenewright.pipelines.decompose.steps import check_scene
from scenewright.pipelines.pictures.turntables import front_sides, turntable, write_gif, write_mp4
from scenewright.pipelines.pictures.view_pictures import KINDS, DrawnView, Kind, draw_view
from scenewright.pipelines.view_frames import choose_view
from scenewright.runs.outputs import check_output
from scenewright.runs.threads import use_threads

MARKER = "render.json"


@dataclass(frozen=True, kw_only=True)
class RenderSettings:
    """What is drawn.

    Attributes:
        views: Names or positions of views, or ``all``; empty for none.
        turntable: Whether a turn around the scene is drawn.
        mp4: Whether it is written as a film, too, beside the GIF.
        kinds: Kinds of pictures, of color, depth, normals and ids; a turn shows the first.
        without: Instances that are left out.
        only: Instances that alone are drawn; empty for everything.
        width: Of the pictures, pixels; None keeps that of the view, and 480 for a turn.
        num_frames: Pictures of one turn.
    """

    views: tuple[str, ...] = ()
    turntable: bool = False
    mp4: bool = False
    kinds: tuple[str, ...] = KINDS
    without: tuple[int, ...] = ()
    only: tuple[int, ...] = ()
    width: int | None = None
    num_frames: int = 48

    def __post_init__(self) -> None:
        strangers = [kind for kind in self.kinds if kind not in KINDS]
        if strangers or not self.kinds:
            raise UnknownNameError(
                f"There is no picture of kind '{' '.join(strangers)}'",
                expected=f"one of {', '.join(KINDS)}",
            )
        if not self.views and not self.turntable:
            raise ConventionError(
                "Nothing to draw",
                expected="--view NAME, --view NUMBER or --view all, or --turntable",
                got="neither",
            )
        if self.width is not None and self.width < 8:
            raise ConventionError("Width", expected="8 or more pixels", got=str(self.width))


@dataclass(frozen=True)
class RenderReport:
    """What was drawn.

    Attributes:
        folder: Holds the pictures.
        files: Their names, in the order in which they were made.
    """

    folder: Path
    files: tuple[str, ...]


def render_run(
    scene: Scene | str | Path,
    output: str | Path,
    settings: RenderSettings,
    *,
    threads: int | None = None,
    overwrite: bool = False,
    progress: Progress = no_progress,
) -> RenderReport:
    """Draws a scene of surfels and writes the pictures into a folder, all or none.

    Pictures are called ``VIEW.KIND.png``, a turn ``turntable.gif`` and ``turntable.mp4``.

    Args:
        scene: A scene, a run, a scene folder or a splat PLY.
        output: The folder to make.
        settings: What is drawn.
        threads: Cores that the compiled loops use; None means all.
        overwrite: Whether an older folder of pictures may be replaced.
        progress: Told how far it is.

    Raises:
        ConventionError: The scene has no surfels, no views to draw, or not the instances asked for.
        UnknownNameError: There is no such view.
        MissingExtraError: A film is asked for and the package av is not installed.
        OutputError: The folder exists, or cannot be written.
    """
    output = Path(output)
    check_output(output, marker=MARKER, overwrite=overwrite)
    use_threads(threads)
    if settings.mp4:
        require("av", extra="video")  # before the work, not after it
    name = "scene" if isinstance(scene, Scene) else str(scene)
    if not isinstance(scene, Scene):
        scene = load_scene(scene)
    surfels = chosen_surfels(scene, without=settings.without, only=settings.only)
    numbers = _numbers(scene, settings.views)
    files: list[str] = []
    with atomic_folder(output, overwrite=overwrite, marker=MARKER) as folder:
        for done, number in enumerate(numbers):
            files += _draw(scene, surfels, number, settings, folder)
            progress("render", done + 1, len(numbers), "views")
        if settings.turntable:
            files += _turn(scene, surfels, settings, folder, progress)
        facts: dict[str, Any] = {"scenewright": __version__, "scene": name, **asdict(settings)}
        write_json(folder / MARKER, {**facts, "files": files})
    return RenderReport(output, tuple(files))


def chosen_surfels(
    scene: Scene, *, without: Sequence[int] = (), only: Sequence[int] = ()
) -> SurfelCloud:
    """The surfels of a scene without some instances, or of some alone.

    Args:
        scene: With surfels.
        without: Ids that are left out.
        only: Ids that alone stay; empty for everything.

    Raises:
        ConventionError: There are no surfels, or none of an instance that was named.
    """
    surfels = scene.surfels
    if surfels is None or not len(surfels):
        surfels, _ = check_scene(scene)
    named = [*without, *only]
    if not named:
        return surfels
    ids = surfels.instance_id
    if ids is None:
        raise ConventionError(
            "The surfels know nothing about instances",
            expected="a scene that 'scenewright decompose' made",
            got="surfels without instances",
            do="Run 'scenewright decompose' first.",
        )
    known = set(np.unique(ids).tolist()) - {0}
    strangers = sorted(set(named) - known)
    if strangers:
        shown = ", ".join(map(str, sorted(known)[:10])) or "none"
        raise ConventionError(
            f"There is no instance {strangers[0]}",
            expected=f"ids of the scene, such as {shown}",
            got=str(strangers[0]),
        )
    keep = ~np.isin(ids, list(without))
    if only:
        keep &= np.isin(ids, list(only))
    return surfels[keep]


def _numbers(scene: Scene, wanted: Sequence[str]) -> list[int]:
    if not wanted:
        return []
    _, views = check_scene(scene)
    found = [number for word in wanted for number in choose_view(views, word)]
    return list(dict.fromkeys(found))


def _draw(
    scene: Scene, surfels: SurfelCloud, number: int, settings: RenderSettings, folder: Path
) -> list[str]:
    assert scene.views is not None
    camera = scene.views.camera(number)
    if settings.width is not None:
        height = max(round(camera.height * settings.width / camera.width), 1)
        camera = camera.resized(settings.width, height)
    drawn = _drawn(surfels, camera, scene, number)
    names = []
    for kind in _kinds(settings):
        names.append(f"{_plain(scene.views.name[number])}.{kind}.png")
        drawn.picture(kind).save(folder / names[-1])
    return names


def _drawn(surfels: SurfelCloud, camera: Camera, scene: Scene, number: int) -> DrawnView:
    assert scene.views is not None
    return draw_view(surfels, camera, world_from_cam=scene.views.world_from_cam[number])


def _turn(
    scene: Scene,
    surfels: SurfelCloud,
    settings: RenderSettings,
    folder: Path,
    progress: Progress,
) -> list[str]:
    width = settings.width or 480
    fronts = None
    # Single objects are looked at from all sides; a place is looked into.
    if scene.views is not None and not settings.only:
        fronts = front_sides(surfels, scene.views)
    pictures: list[Image.Image] = []
    turn = turntable(
        surfels,
        up=scene.up,
        kind=_kinds(settings)[0],
        num_frames=settings.num_frames,
        size=(width, max(round(0.75 * width), 1)),
        fronts=fronts,
    )
    for picture in turn:
        pictures.append(picture)
        progress("turntable", len(pictures), settings.num_frames, "frames")
    write_gif(folder / "turntable.gif", pictures)
    if not settings.mp4:
        return ["turntable.gif"]
    write_mp4(folder / "turntable.mp4", pictures)
    return ["turntable.gif", "turntable.mp4"]


def _kinds(settings: RenderSettings) -> list[Kind]:
    return [kind for kind in KINDS if kind in settings.kinds]


def _plain(name: str) -> str:
    """A name of a view that is the name of a file."""
    return name.replace("/", "_").replace("\\", "_")
