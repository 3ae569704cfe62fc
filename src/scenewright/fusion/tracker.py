"""The interface between association methods and `OnlineSegmenter`."""

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
    """The changes made by one frame.

    Attributes:
        created: New ids.
        merged: (id that stays, id that ends).
        split: (id that stays, id of the part that was separated).
        removed: Ids that ended without a successor.
        stage_ms: Milliseconds per stage.
    """

    created: list[int] = field(default_factory=list)
    merged: list[tuple[int, int]] = field(default_factory=list)
    split: list[tuple[int, int]] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    stage_ms: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class InstanceAssignment:
    """The instance of each surface slot of the volume at one time.

    Attributes:
        instance_id: (S,) int32 per surface slot of the volume, 0 = none.
        score: Confidence in [0, 1] per id.
        num_frames: Number of supporting frames per id; may be a lower bound.
        embedding: Unit vector per id; empty if masks have none.
        label_scores: Probability per candidate label and id, best first; the remainder to 1 is the
            share of masks without a label.
        role: Word of `core.ROLES` per id; a missing one is an object.
    """

    instance_id: NDArray[np.int32]
    score: dict[int, float]
    num_frames: dict[int, int]
    embedding: dict[int, NDArray[np.float32]]
    label_scores: dict[int, dict[str, float]] = field(default_factory=dict)
    role: dict[int, str] = field(default_factory=dict)


class Tracker(Protocol):
    """An association method: takes masks frame by frame and returns the instances at any time."""

    def wants(self, position: int) -> bool:
        """Whether the method uses the frame at a position of the stream (0-based)."""
        ...

    def update(
        self,
        frame: Frame,
        masks: MaskSet,
        hits: Hits,
        volume: SurfaceVolume,
        up: NDArray[np.float64] | None,
    ) -> Changes:
        """Adds the masks of a frame that `volume` has integrated and lifted to `hits`.

        `up` is the (3,) direction against gravity as known so far, here and below.
        """
        ...

    def finish(self, volume: SurfaceVolume, up: NDArray[np.float64] | None) -> Changes:
        """Groups with the latest evidence at the end of the stream."""
        ...

    def assignment(
        self, volume: SurfaceVolume, up: NDArray[np.float64] | None
    ) -> InstanceAssignment:
        """The instances so far; has no side effects."""
        ...
