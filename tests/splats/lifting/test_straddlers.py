"""Surfels across the border of two objects are split along it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.core import ShapeError, SurfelCloud, Views
from scenewright.splats.lifting.straddlers import split_straddlers, straddles
from scenewright.splats.lifting.votes import label_votes, lift_labels
from scenewright.splats.rasterizer.weight_store import WeightStore
from tests.splats.shape_builders import (
    plane,
    scaled,
    scaled_views,
    store_of,
    surfels_at,
    views_from,
)


def two_colored_floor(spacing: float = 0.4) -> tuple[SurfelCloud, Views]:
    """Large disks over a border at x = 0.15, seen from above at several angles."""
    floor = plane(4.0, spacing=spacing, overlap=0.45)
    eyes = np.array([[1.5 * np.cos(a), 1.5 * np.sin(a), 3.5] for a in np.arange(6) + 0.2])
    return floor, views_from(eyes, width=120, height=100, focal=110.0)


def border_maps(views: Views, border: float) -> list[NDArray[np.int32]]:
    """Which side of a border on the plane z = 0 each pixel shows: 1 below it, 2 above."""
    result = []
    for camera, pose in views:
        rows, columns = np.indices(camera.size)
        rays = (
            np.stack(
                [
                    (columns + 0.5 - camera.cx) / camera.fx,
                    (rows + 0.5 - camera.cy) / camera.fy,
                    np.ones(camera.size),
                ],
                axis=-1,
            )
            @ pose[:3, :3].T
        )
        x = pose[0, 3] - rays[..., 0] / rays[..., 2] * pose[2, 3]
        result.append(np.where(x < border, 1, 2).astype(np.int32))
    return result


def iou_near_border(
    surfels: SurfelCloud, views: Views, maps: list[NDArray[np.int32]], store: WeightStore
) -> float:
    """Mean share of agreement within 8 pixels of the border, of both sides."""
    assert surfels.instance_id is not None
    values = []
    for view, truth in enumerate(maps):
        drawn = store.draw_labels(view, surfels.instance_id)
        near = np.zeros(truth.shape, bool)
        for shift in range(-8, 9):
            near |= np.roll(truth, shift, axis=1) != truth
        near &= drawn > 0
        for side in (1, 2):
            a, b = (drawn == side) & near, (truth == side) & near
            values.append((a & b).sum() / (a | b).sum())
    return float(np.mean(values))


@pytest.mark.parametrize("factor", [0.01, 100.0])
def test_cutting_straddlers_moves_the_drawn_border_to_the_true_one(factor: float) -> None:
    floor, views = two_colored_floor()
    maps = border_maps(views, 0.15)
    floor, views = scaled(floor, factor), scaled_views(views, factor)
    store = store_of(floor, views)
    lifted = lift_labels(store, maps)
    before = floor.with_instances(lifted.labels, lifted.scores)
    flagged = straddles(store, maps)
    x = floor.means[:, 0] / factor
    reach = floor.scales[:, 0] / factor
    assert flagged.any() and (np.abs(x[flagged] - 0.15) < 1.5 * reach[flagged]).all()
    split = split_straddlers(before, store, maps, views, votes=label_votes(store, maps).tocsc())
    after = split.surfels
    assert len(floor) < len(after) <= len(floor) + flagged.sum()
    assert np.array_equal(split.source[: len(floor)], np.arange(len(floor)))
    changed = np.flatnonzero((after.means[: len(floor)] != floor.means).any(axis=1))
    assert np.array_equal(np.sort(split.source[len(floor) :]), changed)
    assert set(changed.tolist()) <= set(np.flatnonzero(flagged).tolist())
    assert np.allclose(after.means[:, 2], 0, atol=1e-4 * factor)
    assert np.abs(np.abs(after.normals()[:, 2]) - 1).max() < 1e-5
    assert after.instance_id is not None
    parts = np.concatenate([changed, np.arange(len(floor), len(after))])
    assert np.array_equal(after.instance_id[parts], 1 + (after.means[parts, 0] / factor > 0.15))
    old = iou_near_border(before, views, maps, store)
    new = iou_near_border(after, views, maps, store_of(after, views))
    assert old < 0.7
    assert new > old + 0.2 and new > 0.85


def test_half_a_disk_keeps_its_length_along_the_border_and_narrows_across_it() -> None:
    disk = surfels_at(np.zeros((1, 3)), np.array([[0.0, 0, 1]]), scale=1.0)
    disk = SurfelCloud(
        disk.means, disk.quats, np.array([[0.6, 1.0]], np.float32), disk.opacities, disk.sh
    )
    views = views_from(np.array([[0.5, 0.3, 6.0]]), width=160, height=160, focal=150.0)
    maps = border_maps(views, 0.0)
    store = store_of(disk, views)
    votes = label_votes(store, maps).tocsc()
    parts = split_straddlers(disk, store, maps, views, votes=votes).surfels
    assert len(parts) == 2
    assert (parts.instance_id is not None and parts.instance_id.tolist() == [1, 2]) or (
        parts.instance_id is not None and parts.instance_id.tolist() == [2, 1]
    )
    # Half a Gaussian has its middle at 0.798 and the spread 0.603 of the whole one.
    assert np.sort(parts.means[:, 0]) == pytest.approx([-0.479, 0.479], abs=0.04)
    assert np.abs(parts.means[:, 1:]).max() < 0.05
    assert np.sort(parts.scales, axis=1) == pytest.approx(np.array([[0.362, 1.0]] * 2), abs=0.04)


def test_pure_surfels_and_disagreeing_masks_are_not_cut() -> None:
    floor, views = two_colored_floor()
    ones = [np.ones(camera.size, np.int32) for camera, _ in views]
    store = store_of(floor, views)
    assert not straddles(store, ones).any()
    rng = np.random.default_rng(0)
    noise = [rng.integers(1, 3, picture.shape).astype(np.int32) for picture in ones]
    assert straddles(store, noise).any()  # no view gives one id most of a disk ...
    split = split_straddlers(floor, store, noise, views, votes=label_votes(store, noise).tocsc())
    assert len(split.surfels) == len(floor)  # ... but the ids do not lie apart on it
    with pytest.raises(ShapeError) as error:
        split_straddlers(floor[:3], store, ones, views, votes=label_votes(store, ones).tocsc())
    assert str(error.value) == (
        f"surfels and views: expected {len(floor)} and 6, as in the store, got 3 and 6"
    )
