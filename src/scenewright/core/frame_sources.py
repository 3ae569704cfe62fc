"""Frame sources built on other sequences of frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from inspect import getattr_static
from typing import cast

import numpy as np
from numpy.typing import NDArray

from scenewright.core.checks import as_direction
from scenewright.core.errors import ConventionError
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
        """Name of each frame, or its index if it has none; decodes every frame once."""
        return tuple(frame.name or str(frame.index) for frame in self)

    def __len__(self) -> int:
        return len(self._frames)

    def __getitem__(self, index: int, /) -> Frame:
        frame = self._frames[index]
        if not isinstance(frame, Frame):
            raise ConventionError(
                f"Frames: entry {index}",
                expected="a scenewright.Frame",
                got=type(frame).__name__,
                do="Give the folder of a capture, or a list of Frame objects.",
            )
        return frame

    def __iter__(self) -> Iterator[Frame]:
        return (self[i] for i in range(len(self)))


class ChosenFrames:
    """A selection of the frames of a source, renumbered from 0.

    Args:
        source: All frames.
        positions: Positions of the selected frames in the source, in the new order.
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
    """Returns `frames` itself if it is a `FrameSource`, otherwise wraps it in a `FrameList`.

    Args:
        frames: A source, a list of frames, or anything with `len` and indexing; its attribute `up`
            is kept if it has one.
    """
    # Checked without evaluating them: evaluating `names` may decode every frame.
    missing = object()
    if all(getattr_static(frames, name, missing) is not missing for name in ("up", "names")):
        return cast(FrameSource, frames)
    if not (hasattr(frames, "__len__") and hasattr(frames, "__getitem__")):
        raise ConventionError(
            "Frames",
            expected="the folder of a capture, a source of frames, or a list of frames",
            got=type(frames).__name__,
            do="Make a list of it: list(frames).",
        )
    return FrameList(cast(Sequence[Frame], frames), up=getattr(frames, "up", None))
