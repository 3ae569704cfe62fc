"""The unit of length does not decide which surfels belong together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.core import MaskSet, SurfelCloud, Views
from scenewright.splats.decomposition import cluster_preset, decompose_masks
from scenewright.splats.fitting import initial_surfels_from_depth
from scenewright.splats.rasterizer import SurfelArrays, near_plane
from scenewright.splats.rasterizer.weight_store import build_weight_store
from scenewright.worlds import SyntheticCapture, film_room


@pytest.fixture(scope="module")
def room() -> SyntheticCapture:
    return film_room(3, num_frames=12, width=160, height=120)


@pytest.fixture(scope="module")
def surfels(room: SyntheticCapture) -> SurfelCloud:
    return initial_surfels_from_depth(list(room), max_surfels=15_000)


def labels_at(
    scale: float, room: SyntheticCapture, surfels: SurfelCloud, preset: str
) -> NDArray[np.int32]:
    """Labels of a room whose lengths are all multiplied."""
    views = Views.from_frames(list(room))
    poses = views.world_from_cam.copy()
    poses[:, :3, 3] *= scale
    scaled = replace(
        surfels,
        means=(surfels.means * np.float64(scale)).astype(np.float32),
        scales=(surfels.scales * np.float64(scale)).astype(np.float32),
    )
    store = build_weight_store(
        SurfelArrays.of(scaled),
        replace(views, world_from_cam=poses),
        near=near_plane(scaled.means),
    )
    masks = [MaskSet.from_id_map(room.id_map(i)) for i in range(len(room))]
    return decompose_masks(store, masks, scaled, cluster_preset(preset)).labels


@pytest.mark.slow
@pytest.mark.parametrize("preset", ["default", "published"])
def test_scaled_rooms_have_the_same_objects(
    preset: str, room: SyntheticCapture, surfels: SurfelCloud
) -> None:
    labels = labels_at(1.0, room, surfels, preset)
    assert labels.max() > 5
    for scale in (0.01, 100.0):
        np.testing.assert_array_equal(labels_at(scale, room, surfels, preset), labels)
