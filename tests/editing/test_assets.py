"""Assets joined and cut, apart from the scenes that hold them."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import Asset
from scenewright.editing.assets import asset_parts, joined_asset
from tests.builders import make_cube, make_placement, make_textured_quad
from tests.io.surfel_builders import make_surfels


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((True, True), True),
        ((True, None), None),
        ((True, False), False),
        ((None, False), False),
        ((None, None), None),
    ],
)
def test_whole_if_all_are(values: tuple[bool | None, bool | None], expected: bool | None) -> None:
    assets = [Asset(make_cube(), is_whole=value) for value in values]
    assert joined_asset(assets, seen=[True, True]).is_whole is expected


def test_what_one_knows_of_its_vertices_is_filled_in_for_the_others() -> None:
    knows = Asset(make_cube(), observed=np.zeros(8, bool), uncertainty=np.full(8, 0.25, np.float32))
    plain = Asset(make_textured_quad())
    seen = joined_asset([knows, plain], seen=[False, True])
    assert seen.observed is not None and seen.uncertainty is not None
    assert seen.observed.tolist() == [False] * 8 + [True] * 4
    assert seen.uncertainty.tolist() == [0.25] * 8 + [0.0] * 4
    guessed = joined_asset([plain, knows], seen=[False, True])
    assert guessed.observed is not None and guessed.uncertainty is not None
    assert not guessed.observed.any()
    assert guessed.uncertainty.tolist() == [1.0] * 4 + [0.25] * 8
    assert joined_asset([plain, plain], seen=[True, True]).observed is None


def test_surfels_of_their_own_are_joined_and_cut() -> None:
    first = Asset(None, make_placement(), make_surfels(4, ids=False), observed=np.ones(4, bool))
    second = Asset(None, make_placement((0, 0, 9.0), angle=1.0), make_surfels(3, ids=False))
    joined = joined_asset([first, second], seen=[True, False])
    expected = np.concatenate([first.world_vertices(), second.world_vertices()])
    assert np.allclose(joined.world_vertices(), expected, atol=1e-5)
    assert joined.observed is not None and joined.observed.tolist() == [True] * 4 + [False] * 3
    labels = np.array([0, 0, 0, 0, 1, 1, 1])
    one, two, none = asset_parts(joined, labels, None, num_parts=3)
    assert one is not None and two is not None and none is None
    assert np.allclose(one.world_vertices(), first.world_vertices(), atol=1e-5)
    assert (one.num_elements, two.num_elements) == (4, 3)
    whole, nothing = asset_parts(joined, 0 * labels, None, num_parts=2)
    assert whole is joined and nothing is None


def test_mesh_and_surfels_are_cut_each_by_its_labels() -> None:
    asset = Asset(make_cube(), surfels=make_surfels(4, ids=False), is_whole=True)
    upper = (asset.mesh.vertices[:, 2] > 0).astype(np.int64) if asset.mesh is not None else None
    assert upper is not None
    low, high = asset_parts(asset, upper, np.array([0, 1, 1, 1]), num_parts=2)
    assert low is not None and high is not None
    assert low.surfels is not None and high.surfels is not None
    assert (len(low.surfels), len(high.surfels)) == (1, 3)
    assert low.num_faces + high.num_faces == 12 and low.is_whole is False
    # A part may have surfels and no face.
    mesh_only, surfels_only = asset_parts(asset, 0 * upper, np.array([0, 1, 1, 1]), num_parts=2)
    assert mesh_only is not None and mesh_only.num_faces == 12
    assert surfels_only is not None and surfels_only.mesh is None
