"""The inputs and settings of ``scenewright fit-splats``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Annotated

from scenewright.pipelines.sources.settings import MAX_WIDTH, Up
from scenewright.runs.options import Name, Number, Option, Settings, Threads

if TYPE_CHECKING:
    from scenewright.splats.fitting.config import FitConfig

ENGINES = ("numba", "gsplat")
_COLORS = {"black": "0,0,0", "white": "255,255,255"}
RESUMABLE = ("max_minutes", "mesh", "unbounded", "engine", "device")
"""Settings that may change when a fit is resumed, since they do not affect the surfels so far."""


@dataclass(frozen=True, kw_only=True)
class FitInputs:
    """Fits surfels (flat Gaussians) to the images of a capture, and writes a run folder.

    A capture is a folder with color images and camera poses: a COLMAP model, transforms.json, or
    any RGB-D layout. The surfels are initialized from depth, or from points that came with the
    poses. The run folder holds the scene, splats.ply for Gaussian viewers, a mesh, pictures of the
    held-out views (views.jpg), and quality, times and memory (report.json). To resume an
    interrupted fit, run the same command again with --resume.

    Example: `scenewright fit-splats my-capture/ -o my-splats/ --preset preview`
    """

    capture: Annotated[Path, Option(metavar="CAPTURE", positional=True)]
    """Folder of the capture, or a run of 'scenewright segment', whose instances are kept."""
    resume: bool = False
    """Resume a fit that was interrupted."""


def with_held_out(config: FitConfig, text: str) -> FitConfig:
    """The settings with other views held out.

    Args:
        config: Settings of a fit.
        text: A number n for every n-th view, a text file with a name per line, or names separated
            by commas. Folders and suffixes of names do not count.

    Raises:
        ConventionError: It names no view, or the file cannot be read.
    """
    from scenewright.core import ConventionError

    if text.strip().lstrip("-").isdecimal():
        return replace(config, holdout_interval=int(text), held_out_names=())
    path = Path(text)
    words = text.split(",")
    if path.is_file():
        try:
            words = path.read_text("utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ConventionError(
                f"--held-out {text}", expected="a text file with a name per line", got=str(error)
            ) from error
    names = tuple(PurePath(word.strip()).stem for word in words if word.strip())
    if not names:
        raise ConventionError(
            "--held-out", expected='a number, a file, or names such as "a, b"', got=f"{text!r:.60}"
        )
    return replace(config, held_out_names=names)


def with_background(config: FitConfig, text: str) -> FitConfig:
    """The settings with another model of what alpha and masks hide.

    Args:
        config: Settings of a fit.
        text: random, none, black, white, or three numbers from 0 to 255.

    Raises:
        ConventionError: It is none of these.
    """
    from scenewright.core import ConventionError

    word = text.strip().lower()
    if word == "random":
        return replace(config, behind="random")
    if word == "none":
        return replace(config, behind="none")
    try:
        red, green, blue = (float(n) for n in _COLORS.get(word, word).split(","))
        if not all(0 <= value <= 255 for value in (red, green, blue)):
            raise ValueError
    except ValueError:
        raise ConventionError(
            "--background",
            expected="random, none, black, white, or a color such as 255,255,255",
            got=f"{text!r:.60}",
        ) from None
    return replace(config, behind="color", background=(red / 255, green / 255, blue / 255))


@dataclass(frozen=True, kw_only=True)
class FitSettings(Settings):
    """Settings of ``fit-splats``."""

    preset: Annotated[
        str | FitConfig,
        Option(metavar="NAME", presets=("scenewright.splats.fitting.config:FitConfig",)),
    ] = "default"
    """Preset: preview, default or best."""
    steps: Annotated[int | None, Option(metavar="N", sets="num_steps")] = None
    """Optimization steps, one image each; default: from the preset."""
    max_minutes: Annotated[float | None, Option(metavar="MINUTES")] = None
    """Time limit for the steps, minutes; the schedule is compressed to fit."""
    held_out: Annotated[str | None, Option(metavar="N|NAMES|FILE", sets="holdout_interval")] = None
    """Hold out every n-th image for evaluation (0 for none), or the images of these names
    ("a, b"), or those that a text file lists; default: the test images of the capture if it has
    any, else from the preset (8)."""
    background: Annotated[str | None, Option(metavar="NAME|R,G,B", sets="behind")] = None
    """What stands where alpha or a mask hides the image: random (nothing), none (such pixels do
    not count), black, white, or a color from 0 to 255; default: random."""
    image_scale: Annotated[float, Option(metavar="SCALE")] = 1.0
    """Scale factor for the images, above 0 and up to 1."""
    max_width: Annotated[int, Option(metavar="PIXELS")] = MAX_WIDTH
    """Scale wider images down to this width, as in the published Gaussian splatting."""
    max_surfels: Annotated[int | None, Option(metavar="N", sets="start_surfels")] = None
    """Maximum number of surfels; default: from the preset."""
    depth_weight: Annotated[float | None, Option(metavar="WEIGHT", sets="depth")] = None
    """Weight of measured depth in the loss; default: from the preset."""
    start: Annotated[str, Option(metavar="NAME")] = "auto"
    """Initial surfels: depth, points (that came with the poses), triangulation (needs pycolmap),
    sweep (plane sweep over the images), points+sweep (both), random, or auto (the best that the
    capture allows)."""
    unbounded: bool = False
    """Mesh the scene in contracted space, for outdoor scenes that reach to the horizon."""
    mesh: Annotated[bool, Option(negated_help="Do not make a mesh.")] = True
    """Make a mesh of the surface."""
    engine: Annotated[str, Option(metavar="NAME")] = "numba"
    """Renderer and optimizer: numba (CPU) or gsplat (CUDA; extra 'splats'; never run on a GPU
    yet)."""
    device: Name = None
    """Device of gsplat, such as cuda:1; default: the first GPU."""
    seed: Number = 0
    """Random seed."""
    stride: Number = 1
    """Use every n-th frame."""
    up: Up = None
    """Direction against gravity; default: that of the capture, or estimated."""
    skip_check: Annotated[bool, Option(incidental=True)] = False
    """Fit the capture even if its check finds errors."""
    layout: Name = None
    """Layout of the capture; default: detected."""
    threads: Threads = None
    """CPU cores to use; default: all."""

    def fit(self) -> FitConfig:
        """The resolved settings of the fit.

        Raises:
            UnknownNameError: There is no such preset.
            ConventionError: A number is out of range.
        """
        from scenewright.splats.fitting.config import fit_preset

        config = fit_preset(self.preset, num_steps=self.steps)
        if self.held_out is not None:
            config = with_held_out(config, self.held_out)
        if self.background is not None:
            config = with_background(config, self.background)
        if self.max_surfels is not None:
            start = min(config.start_surfels, self.max_surfels)
            config = replace(config, start_surfels=start)
        if self.max_surfels is not None and config.densify is not None:
            config = replace(config, densify=replace(config.densify, max_surfels=self.max_surfels))
        if self.depth_weight is not None:
            config = replace(config, losses=replace(config.losses, depth=self.depth_weight))
        return config

    def resolved(self) -> FitSettings:
        """The same settings with all options of the fit merged into the preset."""
        return replace(
            self,
            preset=self.fit(),
            steps=None,
            held_out=None,
            background=None,
            max_surfels=None,
            depth_weight=None,
        )
