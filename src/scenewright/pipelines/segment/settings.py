"""The inputs and settings of ``scenewright segment``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from scenewright.pipelines.sources.settings import MaskSettings, Up
from scenewright.runs.options import Count, Meters, Name, Number, Option, Share, Threads

if TYPE_CHECKING:
    from scenewright.fusion import FusionConfig


DEFAULT_MASKS = "masks/parts"
"""The masks of the default result; see `docs/benchmarks.md` for why."""


@dataclass(frozen=True, kw_only=True)
class SegmentInputs:
    """Turns a capture into a scene of separate objects, and writes a run folder.

    A capture is a folder with color, depth and camera poses. The run folder holds the scene, its
    points (points.ply), one mesh per object (objects.glb), boxes (instances.json), a page that
    shows it (view.html), pictures (preview.png, objects.jpg), and times and memory (report.json).

    Example: `scenewright segment my-capture/ -o my-run/`
    """

    capture: Annotated[Path, Option(metavar="CAPTURE", positional=True)]
    """Folder of the capture."""


@dataclass(frozen=True, kw_only=True)
class SegmentSettings(MaskSettings):
    """Settings of ``segment``."""

    masks: Annotated[str, Option(metavar="NAME|FOLDER")] = DEFAULT_MASKS
    """Mask backend (see 'scenewright models list'), or a folder of masks."""
    preset: Annotated[
        str | FusionConfig,
        Option(metavar="NAME", presets=("scenewright.fusion.config:FusionConfig",)),
    ] = "default"
    """Preset: default, or onlineanyseg (the rules of OnlineAnySeg)."""
    voxel_size: Meters = None
    """Voxel edge length, meters; default: from the preset (0.025 in all named ones)."""
    max_depth: Meters = None
    """Ignore depth readings beyond this, meters; default: chosen from the readings and the noise of
    the sensor (5 in the preset onlineanyseg)."""
    min_score: Share = None
    """Lowest score of an object that is listed; the others are kept as fragments; default: from the
    preset (0.35 in default, 0 in onlineanyseg)."""
    min_size: Meters = None
    """Length of the shortest object that is listed, meters; default: 0."""
    min_frames: Count = None
    """Smallest number of frames in which a listed object was found, since scores of objects found
    in 1 frame are less certain; default: 1."""
    keep_fragments: bool = False
    """List the fragments among the objects, too."""
    stride: Number = 1
    """Use every n-th frame."""
    layout: Name = None
    """Layout of the capture; default: detected."""
    threads: Threads = None
    """CPU cores to use; default: all."""
    up: Up = None
    """Direction against gravity; default: that of the capture, or estimated."""
    skip_check: Annotated[bool, Option(incidental=True)] = False
    """Segment the capture even if its check finds errors."""
    id_maps: bool = False
    """Write the object id of each pixel of each frame (id_maps/NAME.png, 16 bits)."""
    grids: bool = False
    """Store which space around each object is free, for 'complete' without the frames."""

    def fusion(self) -> FusionConfig:
        """The resolved settings of the fusion.

        Raises:
            UnknownNameError: There is no such preset.
            ConventionError: A number is out of range.
        """
        from scenewright.fusion import VoteConfig, fusion_preset
        from scenewright.models import card

        if self.keep_fragments:
            limits: dict[str, Any] = {"min_score": 0.0, "min_size": 0.0, "min_frames": 0}
        else:
            limits = {name: getattr(self, name) for name in ("min_score", "min_size", "min_frames")}
        config = fusion_preset(
            self.preset, voxel_size=self.voxel_size, max_depth=self.max_depth, **limits
        )
        if self.preset == "default" and self.uses_backend and card(self.masks).mixes_walls:
            assert isinstance(config.method, VoteConfig)
            config = replace(config, method=replace(config.method, part_walls=True))
        return config

    def resolved(self) -> SegmentSettings:
        """The same settings with all options of the fusion merged into the preset, and an absolute
        path of the masks."""
        return replace(
            self,
            masks=self.absolute_masks(),
            preset=self.fusion(),
            voxel_size=None,
            max_depth=None,
            min_score=None,
            min_size=None,
            min_frames=None,
            keep_fragments=False,
        )
