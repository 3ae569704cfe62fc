"""Vectors of the objects of a scene: of their shape, and of several pictures of each."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ShapeError
from scenewright.io.npz import read_npz, write_npz

_ARRAYS = ("id", "shape", "views", "frame", "level", "seen", "models")


@dataclass(frozen=True, eq=False)
class InstanceFeatures:
    """Vectors of N objects, with up to M pictures of each.

    Attributes:
        id: (N,) int32 ids.
        shape: (N, A) float32 vectors of the shape; zeros where too little of an object is known.
        views: (N, M, C) float32 unit vectors of pictures; zeros where there is none.
        frame: (N, M) int64 frame of each picture; -1 where there is none.
        level: (N, M) int64 how wide it is cropped, 0 = the box of what is seen of the object.
        seen: (N, M) float32 visible pixels of the object, relative to the frame that shows most of
            it; 0 where there is no picture.
        shape_model: What made `shape`.
        view_model: What made `views`.

    Raises:
        ShapeError: The arrays do not belong together.
    """

    id: NDArray[np.int32]
    shape: NDArray[np.float32]
    views: NDArray[np.float32]
    frame: NDArray[np.int64]
    level: NDArray[np.int64]
    seen: NDArray[np.float32]
    shape_model: str
    view_model: str

    def __post_init__(self) -> None:
        rows = self.views.shape[:2]
        for name in ("frame", "level", "seen"):
            if getattr(self, name).shape != rows:
                raise ShapeError(name, expected=str(rows), got=str(getattr(self, name).shape))
        for name in ("shape", "views"):
            if len(getattr(self, name)) != len(self.id):
                raise ShapeError(
                    name, expected=f"{len(self.id)} rows", got=str(len(getattr(self, name)))
                )

    @property
    def known(self) -> NDArray[np.bool_]:
        """(N, M) whether there is such a picture."""
        known: NDArray[np.bool_] = self.frame >= 0
        return known


def write_features(path: str | os.PathLike[str], features: InstanceFeatures, *, key: str) -> None:
    """Writes vectors with a key that says what they were made of, atomically.

    Raises:
        OutputError: The file cannot be written.
    """
    arrays = {name: getattr(features, name) for name in _ARRAYS[:-1]}
    models = np.array([features.shape_model, features.view_model, key])
    write_npz(path, {**arrays, "models": models})


def read_features(path: str | os.PathLike[str]) -> tuple[InstanceFeatures, str]:
    """The vectors of a file, and their key.

    Raises:
        FormatError: It is no such file.
        ShapeError: Its arrays do not belong together.
    """
    arrays = read_npz(path, required=_ARRAYS)
    shape_model, view_model, key = map(str, arrays.pop("models"))
    return InstanceFeatures(**arrays, shape_model=shape_model, view_model=view_model), key
