"""Numbers that several packages agree on; the rules in words are in ``docs/conventions.md``."""

from __future__ import annotations

RIGID_TOLERANCE = 1e-3
"""Largest entry of R^T R - I that still counts as a rotation; text files keep few digits."""

UNIT_TOLERANCE = 1e-3
"""How far the length of an embedding may be from 1; half-precision files need it."""
