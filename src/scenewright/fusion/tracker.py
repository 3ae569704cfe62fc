"""What an association method gives to `OnlineSegmenter`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from scenewright.core.frame import Frame
from scenewright.core.masks import MaskSet
from scenewright.geometry.surface_volume import Hits, SurfaceVolume


@dataclass
class Changes:
    """What one frame changed.

    Attributes:
        created: Ids that exist from now on.
        merged: (id that stays, id that is gone).
        split: (id that stays, id of the part that left it).
        removed: Ids that are gone without a successor.
        stage_ms: Milliseconds per stage.
    """

    created: list[int] = field(default_factory=list)
    merged: list[tuple[int, int]] = field(default_factory=list)
    split: list[tuple[int, int]] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    stage_ms: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class InstanceAssignment:
    """Which instance each surface slot of the volume belongs to at one moment.

    Attributes:
        instance_id: (S,) int32 per surface slot of the volume, 0 = none.
        score: Confidence in [0, 1] per id.
        num_frames: Frames that supported it per id.
        embedding: Unit vector per id; empty if masks came without.
    """

    instance_id: NDArray[np.int32]
    score: dict[int, float]
    num_frames: dict[int, int]
    embedding: dict[int, NDArray[np.float32]]


class Tracker(Protocol):
    """An association method: takes masks frame by frame, tells the instances at any time."""

    def wants(self, position: int) -> bool:
        """Whether the frame at a position of the stream (0-based) is to be fused at all."""
        ...

    def update(self, frame: Frame, masks: MaskSet, hits: Hits, volume: SurfaceVolume) -> Changes:
        """Takes in the masks of a frame that `volume` has integrated and lifted to `hits`."""
        ...

    def finish(self) -> Changes:
        """Draws the conclusions that are still due when the stream ends."""
        ...

    def assignment(self, volume: SurfaceVolume) -> InstanceAssignment:
        """The instances so far; does not change the tracker."""
        ...
