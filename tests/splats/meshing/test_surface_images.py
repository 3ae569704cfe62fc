"""Depth and color of the surface in each view."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import SurfelCloud
from scenewright.splats.meshing import (
    SurfaceImages,
)
from tests.splats.shape_builders import (
    around,
    sphere,
)


def test_pixels_that_are_half_transparent_show_no_surface() -> None:
    views = around(20, width=128, height=128, focal=140.0)
    faint = sphere(200)
    faint = SurfelCloud(
        faint.means, faint.quats, faint.scales, np.full(200, 0.1, np.float32), faint.sh
    )
    picture = SurfaceImages(faint, views)[0]
    assert picture.depth.max() == 0
    solid = SurfaceImages(sphere(1500), views)[0]
    assert solid.depth[64, 64] == pytest.approx(3, abs=0.02)
    assert solid.depth[0, 0] == 0
