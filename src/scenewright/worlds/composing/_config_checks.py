"""Checks of values that the configurations of worlds share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scenewright.core import ConventionError, UnknownNameError
from scenewright.worlds.objects.mesh_library import ObjectLibrary
from scenewright.worlds.objects.registry import FAMILIES


def check_library(name: str, library: ObjectLibrary | None, share: float) -> None:
    """Raises unless the share is in [0, 1] and the library, if there is one, has objects."""
    if not 0 <= share <= 1:
        raise ConventionError(f"{name}.library_share", expected="0 to 1", got=f"{share:g}")
    if library is not None and not library.models:
        raise ConventionError(f"{name}.library", expected="at least one object", got="none")


def check_families(name: str, families: Sequence[str] | None) -> None:
    """Raises unless there is at least one family and all are known."""
    if families is None:
        return
    if not families:
        raise ConventionError(name, expected="at least one family, or None for all", got="none")
    for family in families:
        if family not in FAMILIES:
            known = ", ".join(sorted(FAMILIES))
            raise UnknownNameError(name, expected=f"families among {known}", got=family)


def check_range(
    name: str, values: tuple[float, float], *, low: float, high: float, unit: str = ""
) -> None:
    """Raises unless `values` is a pair in increasing order within [low, high]."""
    wanted = f"two numbers in increasing order within {low:g} to {high:g}{unit}"
    least, most = values
    if not (np.isfinite(values).all() and low <= least <= most <= high):
        raise ConventionError(name, expected=wanted, got=f"{least:g} and {most:g}")


def check_seed(seed: int) -> None:
    """Raises unless the seed is 0 or more."""
    if seed < 0:
        raise ConventionError("seed", expected="0 or more", got=str(seed))
