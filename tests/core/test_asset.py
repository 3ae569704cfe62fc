"""Assets: meshes and surfels of one object, and how much of them was seen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenewright.core import Asset, ConventionError, Mesh, ScenewrightError, ShapeError
from tests.builders import make_cube, make_placement, make_textured_quad
from tests.core.core_builders import matrix_with
from tests.io.surfel_builders import make_surfels


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({}, ConventionError, "Asset: expected a mesh, surfels or both, got neither"),
        ({"surfels": make_surfels(3)}, ConventionError,
         "Asset.surfels: expected no instance ids, since all belong to the object, got ids"),
        ({"mesh": make_cube(), "observed": np.ones(7, bool)}, ShapeError,
         "Asset.observed: expected shape (8,), got (7,)"),
        ({"mesh": make_cube(), "observed": np.ones(8)}, ShapeError,
         "Asset.observed: expected values that fit bool, got float64"),
        ({"mesh": make_cube(), "uncertainty": np.full(8, 1.5)}, ConventionError,
         "Asset.uncertainty: expected values in [0, 1], got 1.5 to 1.5"),
        ({"mesh": make_cube(), "surfels": make_surfels(3, ids=False), "observed": np.ones(3, bool)},
         ShapeError, "Asset.observed: expected shape (8,), got (3,)"),
        ({"mesh": make_cube(), "world_from_asset": matrix_with(m00=-1)}, ConventionError,
         "Asset.world_from_asset: expected a positive scale, got -1"),
        ({"mesh": make_cube(), "world_from_asset": matrix_with(m33=2)}, ConventionError,
         "Asset.world_from_asset: expected last row 0 0 0 1, got [0.0, 0.0, 0.0, 2.0]"),
    ],
)  # fmt: skip
def test_invalid_assets(
    arguments: dict[str, Any], error: type[ScenewrightError], text: str
) -> None:
    with pytest.raises(error) as caught:
        Asset(**arguments)
    assert str(caught.value) == text


def test_elements_are_vertices_or_surfels() -> None:
    surfels = make_surfels(5, ids=False)
    alone = Asset(surfels=surfels, observed=np.ones(5, bool), uncertainty=np.zeros(5, np.float32))
    assert alone.num_elements == 5 and alone.num_faces == 0
    both = Asset(make_cube(), surfels=surfels, observed=np.ones(8, bool))
    assert both.num_elements == 8 and both.num_faces == 12
    assert Asset(make_textured_quad()).num_elements == 4


def test_world_vertices_of_surfels_are_their_centers() -> None:
    placement = make_placement(scale=2.0)
    surfels = make_surfels(5, ids=False)
    found = Asset(None, placement, surfels).world_vertices()
    expected = surfels.means.astype(np.float64) @ placement[:3, :3].T + placement[:3, 3]
    assert np.allclose(found, expected)


def test_the_share_that_was_observed_counts_area() -> None:
    # Two triangles of areas 1/2 and 3/2; all corners of the small one were seen, and one corner of
    # the large one.
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [3, 0, 1], [0, 1, 1]])
    mesh = Mesh(vertices, np.array([[0, 1, 2], [3, 4, 5]]))
    seen = np.array([True, True, True, True, False, False])
    asset = Asset(mesh, observed=seen)
    assert asset.observed_share == pytest.approx((0.5 + 1.5 / 3) / 2)
    loose = Asset(replace(mesh, faces=np.zeros((0, 3), np.int32)), observed=seen)
    assert loose.observed_share == pytest.approx(4 / 6)
    flat = Asset(
        Mesh(np.zeros((3, 3), np.float32), np.array([[0, 1, 2]], np.int32)),
        observed=np.array([1, 0, 0], bool),
    )
    assert flat.observed_share == pytest.approx(1 / 3)
    assert Asset(mesh).observed_share is None
    surfels = Asset(surfels=make_surfels(4, ids=False), observed=np.array([1, 1, 1, 0], bool))
    assert surfels.observed_share == pytest.approx(0.75)


def test_wholeness_is_one_of_three() -> None:
    assert Asset(make_cube()).is_whole is None
    assert Asset(make_cube(), is_whole=np.True_).is_whole is True  # type: ignore[arg-type]


def test_stretched_asset_is_refused() -> None:
    with pytest.raises(ConventionError, match="A hidden scale or a flipped axis"):
        Asset(make_cube(), np.diag([2.0, 1.0, 1.0, 1.0]))


@given(st.floats(0.01, 100), st.floats(-7, 7))
def test_placement(scale: float, angle: float) -> None:
    asset = Asset(make_cube(), make_placement(angle=angle, scale=scale))
    assert asset.scale == pytest.approx(scale)
    world = asset.world_vertices()
    assert np.allclose(world.mean(axis=0), [1, 2, 0.5])
    edges = np.linalg.norm(world[[1, 2, 4]] - world[0], axis=1)
    assert np.allclose(edges, scale)
