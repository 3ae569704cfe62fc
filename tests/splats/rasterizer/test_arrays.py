"""Inputs of the rasterizers."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import ConventionError
from scenewright.splats.rasterizer.arrays import DrawSettings, SurfelArrays
from tests.splats.shape_builders import sphere


@pytest.mark.parametrize(("near", "far"), [(0.0, 1.0), (2.0, 1.0), (1.0, 1.0), (-1.0, 1.0)])
def test_near_and_far_must_be_in_order(near: float, far: float) -> None:
    with pytest.raises(ConventionError) as error:
        DrawSettings(near, far)
    assert str(error.value) == f"near, far: expected 0 < near < far, got {near:g}, {far:g}"


def test_arrays_of_a_cloud_are_not_copied() -> None:
    cloud = sphere(5)
    arrays = SurfelArrays.of(cloud)
    for name, array in arrays._asdict().items():
        assert np.shares_memory(array, getattr(cloud, name)), name
