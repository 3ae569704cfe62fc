"""Objects are moved apart and onto the ground."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.geometry.layouts import similarity
from scenewright.models.generators.tiny.settling import MOST_OVERLAP, Solid, overlap, settled


def block(center: tuple[float, float, float], scale: float = 0.3) -> Solid:
    """A cube that fills its own cube but for a voxel at each side."""
    occupied = np.zeros((32, 32, 32), bool)
    occupied[1:-1, 1:-1, 1:-1] = True
    return Solid(occupied, similarity(scale, np.eye(3), np.array(center)))


def moved(solids: list[Solid]) -> list[Solid]:
    """The solids after settling."""
    result = []
    for solid, shift in zip(solids, settled(solids), strict=True):
        pose = solid.pose.copy()
        pose[:3, 3] += shift
        result.append(Solid(solid.occupied, pose))
    return result


def test_overlap_is_the_shared_volume() -> None:
    one = block((0, 0, 0))
    assert overlap(one, one) == pytest.approx(1)
    edge = 0.3 * 30 / 32
    assert overlap(one, block((edge / 2, 0, 0))) == pytest.approx(0.5, abs=0.04)
    assert overlap(one, block((edge * 1.01, 0, 0))) == 0
    small = block((0, 0, 0), 0.1)
    assert overlap(one, small) == pytest.approx(1, abs=0.06)
    assert overlap(small, one) == pytest.approx(1, abs=0.06)


def test_overlapping_objects_part() -> None:
    after = moved([block((0, 0, 0)), block((0.25, 0, 0))])
    assert overlap(after[0], after[1]) <= MOST_OVERLAP
    assert abs(after[0].pose[1, 3]) < 1e-9, "the shortest way is along x"


def test_floating_objects_come_down_to_the_ground_or_onto_others() -> None:
    low, floating, above = block((0, 0, 0)), block((0.6, 0, 0.04)), block((0, 0, 0.33))
    after = moved([low, floating, above])
    bottom = [solid.points[:, 2].min() - solid.half for solid in after]
    assert bottom[1] == pytest.approx(bottom[0], abs=1e-9)
    top = after[0].points[:, 2].max() + after[0].half
    assert bottom[2] == pytest.approx(top, abs=1e-9)


def test_what_is_far_above_stays() -> None:
    after = moved([block((0, 0, 0)), block((0.6, 0, 0.5))])
    assert after[1].pose[2, 3] == pytest.approx(0.5)
