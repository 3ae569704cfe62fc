"""Distortion formulas of camera models, with the names and parameter order of COLMAP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Bend = Callable[[tuple[float, ...], Array, Array], tuple[Array, Array]]


def _polynomial(square: Array, factors: tuple[float, ...]) -> Array:
    """1 + k1 r^2 + k2 r^4 + ..., given the squared radius."""
    total = np.zeros_like(square)
    for factor in reversed(factors):
        total = (total + factor) * square
    return 1 + total


def _straight(_: tuple[float, ...], x: Array, y: Array) -> tuple[Array, Array]:
    return x, y


def _radial(factors: tuple[float, ...], x: Array, y: Array) -> tuple[Array, Array]:
    scale = _polynomial(x * x + y * y, factors)
    return x * scale, y * scale


def _brown(k: tuple[float, ...], x: Array, y: Array) -> tuple[Array, Array]:
    """Brown and Conrady: k1 k2 p1 p2, then k3 and the denominator's k4 k5 k6 if present."""
    square = x * x + y * y
    scale = _polynomial(square, (k[0], k[1], *k[4:5])) / _polynomial(square, k[5:])
    bent_x = x * scale + 2 * k[2] * x * y + k[3] * (square + 2 * x * x)
    bent_y = y * scale + 2 * k[3] * x * y + k[2] * (square + 2 * y * y)
    return bent_x, bent_y


def _field_of_view(k: tuple[float, ...], x: Array, y: Array) -> tuple[Array, Array]:
    """Devernay and Faugeras, "Straight lines have to be straight", 2001."""
    omega = k[0]
    radius = np.hypot(x, y)
    slope = 2 * np.tan(omega / 2)
    if abs(omega) < 1e-8:
        return x, y
    scale = np.divide(
        np.arctan(radius * slope), radius * omega, out=np.full_like(radius, slope / omega),
        where=radius > 1e-12,
    )  # fmt: skip
    return x * scale, y * scale


def _undo_field_of_view(k: tuple[float, ...], x: Array, y: Array) -> tuple[Array, Array]:
    omega = k[0]
    if abs(omega) < 1e-8:
        return x, y
    radius = np.hypot(x, y)
    slope = 2 * np.tan(omega / 2)
    angle = np.where(radius * abs(omega) < np.pi / 2, radius * omega, np.nan)
    scale = np.divide(
        np.tan(angle), radius * slope, out=np.full_like(radius, omega / slope),
        where=radius > 1e-12,
    )  # fmt: skip
    return x * scale, y * scale


def _division(k: tuple[float, ...], x: Array, y: Array) -> tuple[Array, Array]:
    """Fitzgibbon, CVPR 2001: undistorted = distorted / (1 + k r^2)."""
    inside = 1 - 4 * k[0] * (x * x + y * y)
    scale = 2 / (1 + np.sqrt(np.where(inside >= 0, inside, np.nan)))
    return x * scale, y * scale


def _undo_division(k: tuple[float, ...], x: Array, y: Array) -> tuple[Array, Array]:
    below = 1 + k[0] * (x * x + y * y)
    below = np.where(below > 0, below, np.nan)
    return x / below, y / below


def _thin_prism(k: tuple[float, ...], x: Array, y: Array) -> tuple[Array, Array]:
    """Weng, Cohen and Herniou, 1992: k1 k2 p1 p2 k3 k4 sx1 sy1, on angles."""
    square = x * x + y * y
    scale = _polynomial(square, (k[0], k[1], k[4], k[5]))
    bent_x = x * scale + 2 * k[2] * x * y + k[3] * (square + 2 * x * x) + k[6] * square
    bent_y = y * scale + 2 * k[3] * x * y + k[2] * (square + 2 * y * y) + k[7] * square
    return bent_x, bent_y


def _fisheye_624(k: tuple[float, ...], x: Array, y: Array) -> tuple[Array, Array]:
    """Project Aria's model: k0 to k5, p0 p1, s0 to s3, on angles."""
    x, y = _radial(k[:6], x, y)
    square = x * x + y * y
    p0, p1, s0, s1, s2, s3 = k[6:]
    bent_x = x + p0 * (2 * x * x + square) + 2 * p1 * x * y + square * (s0 + s1 * square)
    bent_y = y + p1 * (2 * y * y + square) + 2 * p0 * x * y + square * (s2 + s3 * square)
    return bent_x, bent_y


def _unified(k: tuple[float, ...], x: Array, y: Array) -> tuple[Array, Array]:
    """Khomutenko, Garcia and Martinet, "An enhanced unified camera model", 2016."""
    alpha, beta = k
    scale = 1 / (alpha * np.sqrt(beta * (x * x + y * y) + 1) + 1 - alpha)
    return x * scale, y * scale


@dataclass(frozen=True)
class LensModel:
    """A distortion model.

    Attributes:
        focals: Number of focal lengths that its parameters start with, 1 or 2; cx and cy follow.
        coefficients: Names of the remaining parameters, in order.
        bend: Maps undistorted to distorted coordinates.
        angular: Whether `bend` takes the angle from the axis in the direction of (x, y), as
            fisheye models do, instead of (x, y) on the plane z = 1.
        undo: The inverse of `bend`, if it has a closed form.
    """

    focals: int
    coefficients: tuple[str, ...] = ()
    bend: Bend = _straight
    angular: bool = False
    undo: Bend | None = None

    @property
    def params(self) -> tuple[str, ...]:
        """Names of all parameters in COLMAP's order."""
        return (*(("f",) if self.focals == 1 else ("fx", "fy")), "cx", "cy", *self.coefficients)


_K4 = ("k1", "k2", "k3", "k4")
_BROWN = ("k1", "k2", "p1", "p2")
_PRISM = (*_BROWN, "k3", "k4", "sx1", "sy1")
_ARIA = ("k0", "k1", "k2", "k3", "k4", "k5", "p0", "p1", "s0", "s1", "s2", "s3")

LENS_MODELS: dict[str, LensModel] = {
    "SIMPLE_PINHOLE": LensModel(1),
    "PINHOLE": LensModel(2),
    "SIMPLE_RADIAL": LensModel(1, ("k",), _radial),
    "RADIAL": LensModel(1, ("k1", "k2"), _radial),
    "OPENCV": LensModel(2, _BROWN, _brown),
    "OPENCV_FISHEYE": LensModel(2, _K4, _radial, angular=True),
    "FULL_OPENCV": LensModel(2, (*_BROWN, "k3", "k4", "k5", "k6"), _brown),
    "FOV": LensModel(2, ("omega",), _field_of_view, undo=_undo_field_of_view),
    "SIMPLE_RADIAL_FISHEYE": LensModel(1, ("k",), _radial, angular=True),
    "RADIAL_FISHEYE": LensModel(1, ("k1", "k2"), _radial, angular=True),
    "THIN_PRISM_FISHEYE": LensModel(2, _PRISM, _thin_prism, angular=True),
    "RAD_TAN_THIN_PRISM_FISHEYE": LensModel(2, _ARIA, _fisheye_624, angular=True),
    "SIMPLE_DIVISION": LensModel(1, ("k",), _division, undo=_undo_division),
    "DIVISION": LensModel(2, ("k",), _division, undo=_undo_division),
    "SIMPLE_FISHEYE": LensModel(1, (), _straight, angular=True),
    "FISHEYE": LensModel(2, (), _straight, angular=True),
    "EUCM": LensModel(2, ("alpha", "beta"), _unified),
}
"""Models by COLMAP name, in the order of COLMAP's model ids from 0."""
