"""Lists and parts of sources as frame sources."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from scenewright.core import (
    Camera,
    ChosenFrames,
    ConventionError,
    Frame,
    FrameList,
    FrameSource,
    as_source,
)
from tests.builders import known

UP = np.array([0.0, 0.0, 1.0])


def make_frame(index: int, name: str = "") -> Frame:
    return Frame(index, Camera.from_focal(4, 4, 2, 2, width=4, height=4), np.eye(4), name=name)


class LazyFrames:
    """A user-defined source without names and up; records which frames are decoded."""

    def __init__(self) -> None:
        self.decoded: list[int] = []

    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int, /) -> Frame:
        self.decoded.append(index)
        return make_frame(index)


class Complete(LazyFrames):
    """A source that implements the whole protocol."""

    @property
    def up(self) -> np.ndarray:
        return UP

    @property
    def names(self) -> list[str]:
        raise AssertionError("recognizing a source must not read its names")

    def __iter__(self) -> Iterator[Frame]:
        return (self[i] for i in range(len(self)))


def test_a_list_becomes_a_source() -> None:
    frames = [make_frame(7, "a"), make_frame(9)]
    source = as_source(frames)
    assert isinstance(source, FrameSource)
    assert (len(source), source.names, source.up) == (2, ("a", "9"), None)
    assert list(source) == frames and source[-1] is frames[1]


def test_a_source_is_returned_as_it_is() -> None:
    source = Complete()
    assert as_source(source) is source
    listed = FrameList([make_frame(0)], up=UP)
    assert as_source(listed) is listed and np.array_equal(known(listed.up), UP)


def test_a_lazy_sequence_is_decoded_only_when_asked_for() -> None:
    frames = LazyFrames()
    source = as_source(frames)  # type: ignore[arg-type]
    assert as_source(source) is source
    assert not frames.decoded
    assert source[1].index == 1 and frames.decoded == [1]
    assert source.names == ("0", "1", "2") and source.names
    assert frames.decoded == [1, 0, 1, 2]


def test_the_up_of_a_sequence_is_kept_and_checked() -> None:
    frames = LazyFrames()
    frames.up = UP  # type: ignore[attr-defined]
    assert np.array_equal(as_source(frames).up, UP)  # type: ignore[arg-type]
    with pytest.raises(ConventionError) as caught:
        FrameList([], up=np.array([0, 0, 2.0]))
    assert str(caught.value) == "up: expected a unit vector, got length 2"


def test_chosen_frames_are_numbered_from_0() -> None:
    source = FrameList([make_frame(i, f"f{i}") for i in range(7)], up=UP)
    chosen = ChosenFrames(source, range(0, 7, 3))
    assert isinstance(chosen, FrameSource)
    assert chosen.names == ("f0", "f3", "f6") and chosen.up is source.up
    assert [(frame.index, frame.name) for frame in chosen] == [(0, "f0"), (1, "f3"), (2, "f6")]
    assert (chosen[-1].index, chosen[-1].name) == (2, "f6")
    assert len(ChosenFrames(source, [])) == 0


def test_what_is_no_sequence_of_frames() -> None:
    frames = (index for index in range(3))
    with pytest.raises(ConventionError, match=r"a list of frames, got generator\. Make a list"):
        as_source(frames)  # type: ignore[arg-type]


def test_entries_that_are_no_frames() -> None:
    source = as_source(np.zeros(3))  # type: ignore[arg-type]
    with pytest.raises(ConventionError) as caught:
        list(source)
    assert str(caught.value) == (
        "Frames: entry 0: expected a scenewright.Frame, got float64. Give the folder of a capture, "
        "or a list of Frame objects."
    )
