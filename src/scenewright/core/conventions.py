"""Constants shared by several packages; ``docs/conventions.md`` describes the conventions."""

from __future__ import annotations

METER, ARBITRARY = "meter", "arbitrary"
"""Units of length of a scene; the second where the scale is unknown."""

RIGID_TOLERANCE = 1e-3
"""Largest entry of R^T R - I that is still accepted as a rotation; text files store few digits."""

UNIT_TOLERANCE = 1e-3
"""Largest deviation of a vector's length from 1; half-precision files need this much."""
