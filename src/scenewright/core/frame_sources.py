"""Frame sources made of other sequences of frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from inspect import getattr_static
from typing import cast

import numpy as np
from numpy.typing import NDArray

from scenewright.core.checks import as_direction
from scenewright.core.frame import Frame, FrameSource


class FrameList:
    """Any sequence of frames as a `FrameSource`.

    Args:
        frames: A list of frames, or anything with `len` and indexing.
        up: (3,) unit vector against gravity in the world frame; None if unknown.

    Attributes:
        up: (3,) float64 unit vector, or None.
    """

    def __init__(self, frames: Sequence[Frame], *, up: NDArray[np.float64] | None = None) -> None:
        self._frames = frames
        self.up = None if up is None else as_direction("up", up)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Name of each frame, or its index where it has none; reads every frame once."""
        return tuple(frame.name or str(frame.index) for frame in self)

    def __len__(self) -> int:
        return len(self._frames)

    def __getitem__(self, index: int, /) -> Frame:
        return self._frames[index]

    def __iter__(self) -> Iterator[Frame]:
        return (self[i] for i in range(len(self)))


class ChosenFrames:
    """Some frames of a source, numbered from 0.

    Args:
        source: The frames.
        positions: Those that are taken, in this order.
    """

    def __init__(self, source: FrameSource, positions: Sequence[int]) -> None:
        self._source = source
        self._positions = positions

    @property
    def up(self) -> NDArray[np.float64] | None:
        """(3,) float64 unit vector against gravity, or None if unknown."""
        return self._source.up

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Name of each frame."""
        names = self._source.names
        return tuple(names[position] for position in self._positions)

    def __len__(self) -> int:
        return len(self._positions)

    def __getitem__(self, index: int, /) -> Frame:
        return replace(self._source[self._positions[index]], index=index % len(self))

    def __iter__(self) -> Iterator[Frame]:
        return (self[i] for i in range(len(self)))


def as_source(frames: FrameSource | Sequence[Frame]) -> FrameSource:
    """Returns frames as a `FrameSource`: itself if it is one, otherwise a `FrameList` of it.

    Args:
        frames: A source, a list of frames, or anything with `len` and indexing; an attribute `up`
            is kept.
    """
    # Looked up without being read: reading the names may decode every frame.
    missing = object()
    if all(getattr_static(frames, name, missing) is not missing for name in ("up", "names")):
        return cast(FrameSource, frames)
    return FrameList(cast(Sequence[Frame], frames), up=getattr(frames, "up", None))
