"""Views of worlds with the whole shapes of their objects."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import binary_dilation

from scenewright.geometry.layouts import voxel_centers
from scenewright.geometry.transforms import transform_points
from scenewright.worlds.generation.view_samples import ViewSample, view_samples


@pytest.fixture(scope="module")
def samples() -> list[ViewSample]:
    """Views of two random worlds and a table top."""
    found = [*view_samples("random", 1), *view_samples("random", 2), *view_samples("tabletop", 3)]
    assert len(found) >= 3
    return found


def test_shapes_are_where_their_pixels_are(samples: list[ViewSample]) -> None:
    for sample in samples:
        assert len(sample.masks) == len(sample.objects) == len(sample.crops.objects)
        for each, crop in zip(sample.objects, sample.crops.objects, strict=True):
            points = crop.points.astype(np.float64).reshape(-1, 3)
            own = (crop.masks[..., 0] > 200).reshape(-1) & np.isfinite(points).all(axis=1)
            if own.sum() < 20:
                continue
            near = np.abs(points[own] - each.box.mean(axis=0))
            half = np.ptp(each.box, axis=0) / 2
            assert (near < half + 0.06).all(axis=1).mean() > 0.85


def test_poses_take_canonical_shapes_into_the_scene(samples: list[ViewSample]) -> None:
    for sample in samples:
        for each in sample.objects:
            centers = voxel_centers(np.argwhere(each.canonical), resolution=32)
            placed = transform_points(centers, each.pose)
            size = float(np.linalg.norm(each.pose[:3, 0]))
            assert placed.min(axis=0) == pytest.approx(each.box[0], abs=0.08 * size + 1e-3)
            assert placed.max(axis=0) == pytest.approx(each.box[1], abs=0.08 * size + 1e-3)
            inside = placed[(np.abs(placed) < 0.49).all(axis=1)]
            if size > 0.35 and len(inside):
                cells = np.floor((inside + 0.5) * 32).astype(int)
                # A thin sheet may be in the voxel beside.
                assert binary_dilation(each.in_scene)[tuple(cells.T)].mean() > 0.95


def test_seeds_repeat(samples: list[ViewSample]) -> None:
    again = next(iter(view_samples("random", 1)))
    assert np.array_equal(again.image, samples[0].image)
    assert np.array_equal(again.cube_from_world, samples[0].cube_from_world)
    assert np.array_equal(again.objects[0].states, samples[0].objects[0].states)
