"""Undistortion maps, computed once per camera."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Camera
from scenewright.geometry.distortion import Lens, undistorted_camera, undistortion_map

Map = NDArray[np.float32]

_BUDGET = 256 * 2**20
"""Memory limit of cached maps, bytes; at least one map is kept."""


class UndistortionCache:
    """Caches the pinhole camera and the undistortion map of each lens.

    The most recently used maps are kept. May be used from several threads at once.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[Lens, tuple[Camera, Map | None]] = OrderedDict()

    def pinhole_and_map(self, lens: Lens) -> tuple[Camera, Map | None]:
        """The pinhole camera of a lens, and its (H, W, 2) map, None without distortion."""
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
