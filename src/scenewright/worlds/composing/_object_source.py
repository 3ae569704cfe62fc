"""The source of objects for composers: generated families, and the mesh library of a user."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scenewright.worlds.objects.mesh_library import ObjectLibrary
from scenewright.worlds.objects.model import ObjectModel
from scenewright.worlds.objects.registry import (
    FAMILIES,
    Where,
    make_object,
    scaled_object,
)

_SMALL = 0.5
"""Meshes of no known family up to this longest extent are placed on furniture; meters."""


class ObjectSource:
    """Makes objects of the allowed families, and draws some from a library.

    Args:
        rng: Source of all random numbers.
        families: Allowed families, None = all.
        size_factor: Minimum and maximum scale factor of each object.
        library: Objects of the user, or None. Those labeled as a family are placed like that
            family; the others on the floor if they are large, else on furniture.
        library_share: Probability of using the library if it has a suitable object.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        *,
        families: Sequence[str] | None,
        size_factor: tuple[float, float],
        library: ObjectLibrary | None = None,
        library_share: float = 0.0,
    ) -> None:
        self.rng = rng
        self.size_factor = size_factor
        self.families = tuple(FAMILIES) if families is None else tuple(families)
        self.models = () if library is None else library.models
        self.library_share = library_share

    def make(self, *labels: str, factor: tuple[float, float] | None = None) -> ObjectModel | None:
        """An object of one of some families, or None if none of them is available.

        Args:
            labels: Families; one is drawn by weight.
            factor: Range of the size factor, None = that of this source.
        """
        from_library = [model for model in self.models if model.label in labels]
        names = [name for name in self.families if name in labels]
        return self._draw(names, from_library, factor)

    def any_of(self, *places: Where) -> ObjectModel | None:
        """An object of any allowed family for one of these kinds of places."""
        from_library = [model for model in self.models if _where(model) in places]
        names = [name for name in self.families if FAMILIES[name].where in places]
        return self._draw(names, from_library, None)

    def _draw(
        self,
        names: list[str],
        from_library: list[ObjectModel],
        factor: tuple[float, float] | None,
    ) -> ObjectModel | None:
        if not names and not from_library:
            return None
        low, high = self.size_factor if factor is None else factor
        size = float(np.exp(self.rng.uniform(np.log(low), np.log(high))))
        if from_library and (not names or self.rng.uniform() < self.library_share):
            return scaled_object(from_library[int(self.rng.integers(len(from_library)))], size)
        weights = np.array([FAMILIES[name].weight for name in names])
        name = names[int(self.rng.choice(len(names), p=weights / weights.sum()))]
        return make_object(name, seed=int(self.rng.integers(2**31)), size_factor=size)


def _where(model: ObjectModel) -> Where:
    if model.label in FAMILIES:
        return FAMILIES[model.label].where
    return "top" if float(np.ptp(model.bounds, axis=0).max()) <= _SMALL else "floor"
