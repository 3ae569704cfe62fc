"""Assets: meshes and surfels of one object, and how much of them was seen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from scenewright.core import Asset, ConventionError, Mesh, ScenewrightError, ShapeError
from tests.builders import make_cube, make_placement, make_textured_quad
from tests.io.surfel_builders import make_surfels


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({}, ConventionError, "Asset: expected a mesh, surfels or both, got neither"),
        ({"surfels": make_surfels(3)}, ConventionError,
         "Asset.surfels: expected no instance ids, since all are the object's, got ids"),
        ({"mesh": make_cube(), "observed": np.ones(7, bool)}, ShapeError,
         "Asset.observed: expected shape (8,), got (7,)"),
        ({"mesh": make_cube(), "observed": np.ones(8)}, ShapeError,
         "Asset.observed: expected values that fit bool, got float64"),
        ({"mesh": make_cube(), "uncertainty": np.full(8, 1.5)}, ConventionError,
         "Asset.uncertainty: expected values in [0, 1], got 1.5 to 1.5"),
        ({"mesh": make_cube(), "surfels": make_surfels(3, ids=False), "observed": np.ones(3, bool)},
         ShapeError, "Asset.observed: expected shape (8,), got (3,)"),
    ],
)  # fmt: skip
def test_invalid_assets(
    arguments: dict[str, Any], error: type[ScenewrightError], text: str
) -> None:
    with pytest.raises(error) as caught:
        Asset(**arguments)
    assert str(caught.value) == text


def test_what_is_known_is_known_of_vertices_or_of_surfels() -> None:
    surfels = make_surfels(5, ids=False)
    alone = Asset(surfels=surfels, observed=np.ones(5, bool), uncertainty=np.zeros(5))
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
    # Two triangles of areas 1/2 and 3/2; the small one was seen as a whole, the large one at one
    # of its corners.
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [3, 0, 1], [0, 1, 1]])
    mesh = Mesh(vertices, np.array([[0, 1, 2], [3, 4, 5]]))
    seen = np.array([True, True, True, True, False, False])
    asset = Asset(mesh, observed=seen)
    assert asset.observed_share == pytest.approx((0.5 + 1.5 / 3) / 2)
    loose = Asset(replace(mesh, faces=np.zeros((0, 3), np.int32)), observed=seen)
    assert loose.observed_share == pytest.approx(4 / 6)
    flat = Asset(Mesh(np.zeros((3, 3)), np.array([[0, 1, 2]])), observed=np.array([1, 0, 0], bool))
    assert flat.observed_share == pytest.approx(1 / 3)
    assert Asset(mesh).observed_share is None
    surfels = Asset(surfels=make_surfels(4, ids=False), observed=np.array([1, 1, 1, 0], bool))
    assert surfels.observed_share == pytest.approx(0.75)


def test_wholeness_is_one_of_three() -> None:
    assert Asset(make_cube()).is_whole is None
    assert Asset(make_cube(), is_whole=np.True_).is_whole is True  # type: ignore[arg-type]
