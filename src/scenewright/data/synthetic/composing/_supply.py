"""Where a composer gets its objects from: families made from numbers, and meshes of the user."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scenewright.core import ConventionError, UnknownNameError
from scenewright.data.synthetic.objects.model import ObjectModel
from scenewright.data.synthetic.objects.registry import FAMILIES, Where, make_object


class Supply:
    """Makes objects of the allowed families.

    Args:
        rng: Source of every choice.
        families: Allowed labels, None = all.
        size_factor: Least and greatest factor on the size of each object.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        *,
        families: Sequence[str] | None,
        size_factor: tuple[float, float],
    ) -> None:
        self.rng = rng
        self.size_factor = size_factor
        self.families = tuple(FAMILIES) if families is None else tuple(families)

    def has(self, label: str) -> bool:
        """Whether a family is allowed."""
        return label in self.families

    def make(self, *labels: str, factor: tuple[float, float] | None = None) -> ObjectModel | None:
        """An object of one of some families, or None if none of them is allowed.

        Args:
            labels: Families; one is drawn by their weights.
            factor: Range of the size factor, None = the supply's.
        """
        known = [label for label in labels if label in self.families]
        if not known:
            return None
        weights = np.array([FAMILIES[label].weight for label in known])
        label = known[int(self.rng.choice(len(known), p=weights / weights.sum()))]
        low, high = self.size_factor if factor is None else factor
        size = float(np.exp(self.rng.uniform(np.log(low), np.log(high))))
        seed = int(self.rng.integers(2**31))
        return make_object(label, seed=seed, size_factor=size)

    def any_of(self, *places: Where) -> ObjectModel | None:
        """An object of any allowed family with one of these places."""
        return self.make(*(name for name in self.families if FAMILIES[name].where in places))


def check_families(name: str, families: Sequence[str] | None) -> None:
    """Raises unless all families are known and there is at least one."""
    if families is None:
        return
    if not families:
        raise ConventionError(name, expected="at least one family, or None for all", got="none")
    for family in families:
        if family not in FAMILIES:
            known = ", ".join(sorted(FAMILIES))
            raise UnknownNameError(name, expected=f"of {known}", got=family)


def check_range(
    name: str, values: tuple[float, float], *, low: float, high: float, unit: str = ""
) -> None:
    """Raises unless `values` is a pair in order, within [low, high]."""
    wanted = f"two numbers in order from {low:g} to {high:g}{unit}"
    least, most = values
    if not (np.isfinite(values).all() and low <= least <= most <= high):
        raise ConventionError(name, expected=wanted, got=f"{least:g} and {most:g}")


def check_seed(seed: int) -> None:
    """Raises unless a seed is 0 or more."""
    if seed < 0:
        raise ConventionError("seed", expected="0 or more", got=str(seed))
