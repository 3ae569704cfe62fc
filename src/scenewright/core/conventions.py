"""Constants shared by several packages; ``docs/conventions.md`` describes the conventions."""

from __future__ import annotations

METER, ARBITRARY = "meter", "arbitrary"
"""Units of length of a scene; the second where the scale is unknown."""

RIGID_TOLERANCE = 1e-3
"""Largest entry of R^T R - I that is still accepted as a rotation; text files store few digits."""

LARGEST_SIDE = 65536
"""Largest width or height of an image, pixels."""

FOCAL_LIMITS = (1e-2, 1e7)
"""Smallest and largest focal length, pixels."""

LARGEST_CENTER = 1e7
"""Largest distance of a principal point from the corner of the image, and largest skew, pixels."""

FARTHEST = 1e9
"""Largest coordinate of a camera, meters; beyond it, steps of float64 are visible."""

FARTHEST_READING = 1e6
"""Largest depth, meters; what is stored beyond it is a fill value, not a reading."""

UNIT_TOLERANCE = 1e-3
"""Largest deviation of a vector's length from 1; half-precision files need this much."""
