"""The spherical harmonics against the reference and central differences."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.splats.rasterizer.oracle_builders import (
    SETTINGS,
    assert_same_gradients,
    assert_same_images,
    fast,
    oracle,
)
from tests.splats.splat_builders import (
    make_camera,
    make_gradients,
    make_surfels,
)

torch = pytest.importorskip("torch")


def test_a_lower_degree_of_harmonics_leaves_the_rest_alone() -> None:
    camera = make_camera()
    arrays = make_surfels(60, 2)
    gradients = make_gradients(camera, 2)
    trace, slopes = oracle(
        arrays, camera, gradients=gradients, settings=replace(SETTINGS, sh_degree=1)
    )
    drawing = fast(arrays, camera, settings=replace(SETTINGS, sh_degree=1))
    assert_same_images(drawing.images, trace.images.numpy(), tolerance=1e-9, switches=0)
    backward = drawing.backward(gradients)
    assert_same_gradients(backward, slopes, tolerance=1e-9)
    assert not backward.sh[:, 4:].any()
