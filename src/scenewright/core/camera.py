"""The pinhole camera."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scenewright.core.checks import as_array, check_finite
from scenewright.core.conventions import FOCAL_LIMITS, LARGEST_CENTER, LARGEST_SIDE
from scenewright.core.errors import ConventionError, ShapeError


def check_k_range(name: str, K: NDArray[np.float64]) -> None:
    """Raises `ConventionError` if numbers of a camera matrix are outside of what cameras have.

    Args:
        name: Name of the matrix in the message.
        K: (3, 3) pixels.
    """
    least, most = FOCAL_LIMITS
    fits = least <= min(K[0, 0], K[1, 1]) and max(K[0, 0], K[1, 1]) <= most
    if not (fits and np.abs([K[0, 1], K[0, 2], K[1, 2]]).max() <= LARGEST_CENTER):
        raise ConventionError(
            name,
            expected=f"focal lengths of {least:g} to {most:g} and a principal point within "
            f"{LARGEST_CENTER:g} pixels",
            got=f"fx {K[0, 0]:g}, fy {K[1, 1]:g}, cx {K[0, 2]:g}, cy {K[1, 2]:g}",
        )


@dataclass(frozen=True, eq=False)
class Camera:
    """Intrinsics of a pinhole camera without distortion.

    Axes: x right, y down, z forward. The center of the top-left pixel is (0.5, 0.5), so `K` scales
    linearly with the image size.

    Attributes:
        K: (3, 3) float64, pixels.
        width: Image width, pixels.
        height: Image height, pixels.
    """

    K: NDArray[np.float64]
    width: int
    height: int

    def __post_init__(self) -> None:
        K = as_array("Camera.K", self.K, shape=(3, 3), dtype=np.float64)
        check_finite("Camera.K", K)
        object.__setattr__(self, "K", K)
        if self.width < 1 or self.height < 1:
            got = f"{self.width} x {self.height}"
            raise ConventionError("Camera size", expected="at least 1 x 1 pixels", got=got)
        if max(self.width, self.height) > LARGEST_SIDE:
            got = f"{self.width} x {self.height}"
            expected = f"at most {LARGEST_SIDE} pixels per side"
            raise ConventionError("Camera size", expected=expected, got=got)
        if K[0, 0] <= 0 or K[1, 1] <= 0:
            got = f"fx {K[0, 0]:g}, fy {K[1, 1]:g}"
            raise ConventionError("Camera.K", expected="positive focal lengths", got=got)
        check_k_range("Camera.K", K)
        if not np.allclose(K[2], (0, 0, 1)) or K[1, 0] != 0:
            raise ConventionError(
                "Camera.K", expected="[[fx, s, cx], [0, fy, cy], [0, 0, 1]]", got=f"{K.tolist()}"
            )

    @classmethod
    def from_focal(
        cls, fx: float, fy: float, cx: float, cy: float, *, width: int, height: int
    ) -> Camera:
        """Builds a camera from focal lengths and principal point, pixels."""
        K = np.array([[fx, 0.0, cx], [0.0, fy, cy], [0.0, 0.0, 1.0]])
        return cls(K, width, height)

    @classmethod
    def from_matrix(
        cls,
        K: ArrayLike,
        size: tuple[int, int],
        *,
        pixel_centers: Literal["half", "integer"] = "half",
    ) -> Camera:
        """Builds a camera from a matrix as other programs give it.

        Args:
            K: (3, 3) or (4, 4) camera matrix, or four numbers fx, fy, cx, cy; pixels.
            size: (height, width) of the image, the order of ``image.shape``.
            pixel_centers: Where the center of the top-left pixel is: ``"half"``, at (0.5, 0.5), as
                in COLMAP, nerfstudio and here; or ``"integer"``, at (0, 0), as in OpenCV and most
                RGB-D data sets, which adds 0.5 to cx and cy.

        Raises:
            ShapeError: The matrix has another shape.
            ConventionError: The size or a number is impossible, or the word is another one.
        """
        values = np.asarray(K, np.float64)
        if values.shape == (4,):
            fx, fy, cx, cy = values.tolist()
            values = np.array([[fx, 0.0, cx], [0.0, fy, cy], [0.0, 0.0, 1.0]])
        if values.shape not in ((3, 3), (4, 4)):
            expected = "shape (3, 3) or (4, 4), or fx, fy, cx, cy"
            raise ShapeError("Camera matrix", expected=expected, got=f"{values.shape}")
        if pixel_centers not in ("half", "integer"):
            raise ConventionError(
                "pixel_centers", expected="'half' or 'integer'", got=repr(pixel_centers)
            )
        matrix = values[:3, :3].copy()
        if pixel_centers == "integer":
            matrix[:2, 2] += 0.5
        height, width = size
        return cls(matrix, int(width), int(height))

    @property
    def fx(self) -> float:
        """Horizontal focal length, pixels."""
        return float(self.K[0, 0])

    @property
    def fy(self) -> float:
        """Vertical focal length, pixels."""
        return float(self.K[1, 1])

    @property
    def cx(self) -> float:
        """Horizontal principal point, pixels; 0.5 is the center of the first column."""
        return float(self.K[0, 2])

    @property
    def cy(self) -> float:
        """Vertical principal point, pixels; 0.5 is the center of the first row."""
        return float(self.K[1, 2])

    @property
    def size(self) -> tuple[int, int]:
        """(height, width), the order of array shapes."""
        return self.height, self.width

    def resized(self, width: int, height: int) -> Camera:
        """The same camera for an image resized to `width` x `height` pixels."""
        scale = np.diag([width / self.width, height / self.height, 1.0])
        return Camera(scale @ self.K, width, height)
