"""Chairs, stools and benches."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.worlds.objects.families.seats import make_bench, make_chair, make_stool, star_base


def test_a_star_base_stands_on_five_casters() -> None:
    meshes = star_base(0.3, 0.45)
    on_floor = [mesh for mesh in meshes if mesh.vertices[:, 2].min() < 2e-3]
    assert len(meshes) == 11 and len(on_floor) == 5
    centers = np.array([mesh.vertices[:, :2].mean(axis=0) for mesh in on_floor])
    np.testing.assert_allclose(np.linalg.norm(centers, axis=1), 0.28, atol=1e-3)
    np.testing.assert_allclose(centers.sum(axis=0), 0, atol=1e-5)


@pytest.mark.parametrize("seed", range(8))
def test_chairs_have_a_seat_at_sitting_height_and_a_back_behind_it(seed: int) -> None:
    model = make_chair(np.random.default_rng(seed))
    x0, y0, x1, y1, z, _ = model.carriers[0]
    assert 0.38 < z < 0.58
    assert model.bounds[1, 2] > z + 0.25, "the back is higher than the seat"
    points = np.concatenate([part.mesh.vertices for part in model.parts])
    high = points[points[:, 2] > z + 0.25]
    assert high[:, 1].mean() > (y0 + y1) / 2, "the back is at +y"
    assert x0 == pytest.approx(-x1)


def test_stools_and_benches_carry_at_their_seat() -> None:
    for seed in range(6):
        stool = make_stool(np.random.default_rng(seed))
        assert stool.carriers[0][4] == pytest.approx(stool.bounds[1, 2], abs=1e-5)
        bench = make_bench(np.random.default_rng(seed))
        assert 0.4 < bench.carriers[0][4] < 0.56
        assert np.ptp(bench.bounds[:, 0]) > 0.85
