from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import Camera, CaptureError, ConventionError, Frame
from scenewright.data import open_capture, prefetch
from tests.data.capture_builders import make_room, write_plain

CAMERA = Camera.from_focal(4.0, 4.0, 2.0, 2.0, width=4, height=4)


class Source:
    """Slow frames, one of which may fail; records which were decoded."""

    up = None

    def __init__(self, number: int, *, broken: int | None = None, pause: float = 0.0) -> None:
        self.number, self.broken, self.pause = number, broken, pause
        self.decoded: list[int] = []

    @property
    def names(self) -> tuple[str, ...]:
        return ("",) * self.number

    def __len__(self) -> int:
        return self.number

    def __getitem__(self, index: int, /) -> Frame:
        time.sleep(self.pause)
        self.decoded.append(index)
        if index == self.broken:
            raise CaptureError(f"frame {index} is broken")
        return Frame(index, CAMERA, np.eye(4))

    def __iter__(self) -> Iterator[Frame]:
        return (self[i] for i in range(self.number))


def threads() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name.startswith("scenewright-prefetch")]


def test_all_frames_in_order() -> None:
    assert [frame.index for frame in prefetch(Source(9), ahead=3)] == list(range(9))
    assert list(prefetch(Source(0))) == []
    assert not threads()


def test_stays_within_its_bound_and_works_ahead() -> None:
    source = Source(50)
    frames = prefetch(source, ahead=3)
    assert not source.decoded
    next(frames)
    next(frames)
    deadline = time.monotonic() + 5
    while len(source.decoded) < 4 and time.monotonic() < deadline:
        time.sleep(0.001)
    time.sleep(0.02)
    assert source.decoded == [0, 1, 2, 3]
    frames.close()  # type: ignore[attr-defined]


def test_error_comes_in_its_place() -> None:
    frames = prefetch(Source(9, broken=4), ahead=4)
    assert [next(frames).index for _ in range(4)] == [0, 1, 2, 3]
    with pytest.raises(CaptureError, match="frame 4 is broken"):
        next(frames)
    assert not threads()


def test_no_thread_is_left_when_the_consumer_stops() -> None:
    for frame in prefetch(Source(100, pause=0.001)):
        if frame.index == 2:
            break
    del frame
    assert not threads()


def test_bound_is_checked_at_once() -> None:
    with pytest.raises(ConventionError, match="expected 1 or more, got 0"):
        prefetch(Source(1), ahead=0)


def test_on_a_capture(tmp_path: Path) -> None:
    room = make_room(4)
    capture = open_capture(write_plain(tmp_path, room))
    for i, frame in enumerate(prefetch(capture, ahead=2)):
        np.testing.assert_array_equal(frame.image, room.images[i])
