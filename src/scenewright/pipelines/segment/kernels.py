"""Compiles the kernels of a run in a second process, while the first compiles those of the masks.

Compilation holds a lock of the process, so threads would take turns. What the second process has
compiled is in Numba's cache, where the first finds it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from scenewright.core import Camera, Frame, MaskSet, Scene
from scenewright.fusion import OnlineSegmenter
from scenewright.geometry import surface_nets, tsdf
from scenewright.runs.compilation import CompileTime, is_cached

_FRAMES_DONE = "frames"
"""Line that the second process writes when all kernels of a frame are compiled."""
_NUM_FRAMES = 11
"""Frames of the tiny stream: enough for a round of merging."""


class KernelProcess:
    """The second process.

    Args:
        process: It runs this module; None if nothing has to be compiled.
        time: Receives the time that this process waits.
    """

    def __init__(self, process: subprocess.Popen[str] | None, time: CompileTime) -> None:
        self._process = process
        self._time = time
        self._is_before_frames = process is not None

    def wait_for_frames(self, announce: Callable[[], object]) -> None:
        """Waits until the kernels that a frame needs are compiled, or the process has ended.

        Args:
            announce: Called if there is something to wait for.
        """
        if not self._is_before_frames:
            return
        self._is_before_frames = False
        assert self._process is not None and self._process.stdout is not None
        announce()
        with self._time.adding():
            self._process.stdout.readline()

    def wait(self, announce: Callable[[], object]) -> None:
        """Waits until all kernels are compiled.

        Args:
            announce: Called if there is something to wait for.
        """
        if self._process is not None and self._process.poll() is None:
            announce()
            with self._time.adding():
                self._process.wait()


@contextmanager
def kernels_ahead(time: CompileTime) -> Iterator[KernelProcess]:
    """Starts the second process if this is the first run and there is a core for it.

    Args:
        time: Receives the time that this process waits.
    """
    process = None if _is_needless() else _start()
    try:
        yield KernelProcess(process, time)
    finally:
        if process is not None:
            process.kill()
            process.communicate()


def _is_needless() -> bool:
    if (os.cpu_count() or 1) < 2 or not sys.executable:
        return True
    return is_cached(tsdf.integrate) and is_cached(surface_nets._place_faces)


def _start() -> subprocess.Popen[str] | None:
    try:
        return subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
    except OSError:
        return None  # this process compiles everything itself


def run_tiny_stream() -> Iterator[Scene | None]:
    """Segments a few tiny frames, so that everything is compiled; yields None after the frames."""
    camera = Camera.from_focal(40, 40, 20, 15, width=40, height=30)
    ids = np.ones((30, 40), np.int32)
    ids[8:22, 12:28] = 2
    depth = np.where(ids == 2, 0.8, 1.0).astype(np.float32)
    image = (ids * 90).astype(np.uint8)[..., None].repeat(3, axis=2)
    masks = MaskSet.from_id_map(ids)
    segmenter = OnlineSegmenter()
    for index in range(_NUM_FRAMES):
        segmenter.update(Frame(index, camera, np.eye(4), image, depth), masks)
    yield None
    segmenter.finish()
    yield segmenter.result()


def main() -> None:
    """Compiles, and says when the kernels of a frame are ready."""
    stages = run_tiny_stream()
    next(stages)
    sys.stdout.write(f"{_FRAMES_DONE}\n")
    sys.stdout.flush()
    next(stages)


if __name__ == "__main__":
    main()
