"""Objects are moved apart and onto the ground."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.geometry.layouts import similarity
from scenewright.models.generators.tiny.settling import (
    MOST_OVERLAP,
    Solid,
    overlap,
    parted,
    settled,
)


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


def test_measured_objects_only_close_small_gaps() -> None:
    solids = [block((0, 0, 0)), block((0.6, 0, 0.04)), block((0.0, 0.6, 0.01))]
    shifts = settled(solids, fixed=[True, True, True])
    assert not shifts[1].any(), "a gap of four voxels was measured"
    assert shifts[2] == pytest.approx([0, 0, 0.05 / 3 - 0.01], abs=1e-9), "onto the mean ground"
    over = [block((0, 0, 0)), block((0.25, 0, 0))]
    assert not np.any(settled(over, fixed=[True, True]))


def test_shared_voxels_go_to_the_object_that_was_measured_there_or_to_the_smaller() -> None:
    large, small = block((0, 0, 0)), block((0.12, 0, 0), 0.1)
    nothing = np.zeros((32, 32, 32), bool)
    kept = parted([large, small], [nothing, nothing])
    assert np.array_equal(kept[1], small.occupied) and kept[0].sum() < large.occupied.sum()
    rest = [Solid(one, solid.pose) for one, solid in zip(kept, (large, small), strict=True)]
    assert overlap(rest[0], rest[1]) <= MOST_OVERLAP
    kept = parted([large, small], [large.occupied, nothing])
    assert kept[0].sum() > 0.95 * large.occupied.sum(), "touching voxels go to the smaller one"
    assert kept[1].sum() < 0.5 * small.occupied.sum()


def test_objects_apart_keep_their_voxels() -> None:
    solids = [block((0, 0, 0)), block((0.6, 0, 0))]
    nothing = np.zeros((32, 32, 32), bool)
    for one, solid in zip(parted(solids, [nothing] * 2), solids, strict=True):
        assert np.array_equal(one, solid.occupied)
