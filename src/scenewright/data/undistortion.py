"""Taking the bending of lenses out of pictures, with maps that are made once per camera."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Camera
from scenewright.geometry.distortion import Lens, undistorted_camera, undistortion_map

Map = NDArray[np.float32]

_BUDGET = 256 * 2**20
"""Bytes that the kept maps take; one is kept whatever its size."""


class UndistortionCache:
    """Knows for a lens the pinhole camera that takes its place, and where its pixels come from.

    The maps of the cameras used last are kept. May be asked from several threads at once.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[Lens, tuple[Camera, Map | None]] = OrderedDict()

    def view(self, lens: Lens) -> tuple[Camera, Map | None]:
        """The camera, and the (H, W, 2) map of `undistortion_map`, None if nothing is bent."""
        with self._lock:
            if lens in self._kept:
                self._kept.move_to_end(lens)
                return self._kept[lens]
        camera = undistorted_camera(lens)
        found = (camera, None if lens.is_straight else undistortion_map(lens, camera))
        with self._lock:
            self._kept[lens] = found
            while len(self._kept) > 1 and self._num_bytes() > _BUDGET:
                self._kept.popitem(last=False)
        return found

    def _num_bytes(self) -> int:
        return sum(0 if source is None else source.nbytes for _, source in self._kept.values())
