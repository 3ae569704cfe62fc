"""Labels of pixels against a slow version, and masks made of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.models.surfaces.labels import collect_masks, label_pixels, predict
from tests.models.surfaces.surface_builders import roof


def slow_labels(
    depth: NDArray[np.float32],
    labels: NDArray[np.int32],
    planes: NDArray[np.float32],
    rays: NDArray[np.float32],
    gap: float,
) -> NDArray[np.int32]:
    """The rules of `label_pixels` for cells of 2 x 2 pixels, one pixel at a time."""
    out = np.zeros(depth.shape, np.int32)
    turn = (rays[1] - rays[0]) / 2
    for (v, u), z in np.ndenumerate(depth):
        if z <= 0:
            continue
        r, c = v // 2, u // 2
        x = rays[c] + turn * (-0.5 if u % 2 == 0 else 0.5)
        y = rays[r] + turn * (-0.5 if v % 2 == 0 else 0.5)
        up = min(max(r + (1 if v % 2 else -1), 0), len(labels) - 1)
        across = min(max(c + (1 if u % 2 else -1), 0), len(labels) - 1)
        least = gap / z
        for k, (i, j) in enumerate([(r, c), (up, c), (r, across), (up, across)]):
            deviation = abs(float(planes[i, j] @ np.array([x, y, 1.0])) - 1 / z)
            deviation *= 2 if k else 1
            if labels[i, j] >= 0 and deviation < least:
                least, out[v, u] = deviation, labels[i, j] + 1
    return out


def test_labels_match_the_slow_version() -> None:
    labels, planes, rays = roof(-1.0)
    labels[:4] = -1
    turn = (rays[1] - rays[0]) / 2
    fine = np.repeat(rays, 2) + np.tile([-0.5, 0.5], 40) * turn
    inverse = np.where(fine > 0.01, 0.5 + 0.5 * fine, 0.5 - 0.5 * fine)  # the crease moved a bit
    depth = np.tile(1 / inverse, (80, 1)).astype(np.float32)
    rng = np.random.default_rng(0)
    depth *= 1 + rng.normal(0, 0.004, depth.shape).astype(np.float32)
    depth[rng.random(depth.shape) < 0.1] = 0
    out = np.empty((80, 80), np.int32)
    label_pixels(depth, labels, planes, rays, rays, 2, 0.02, out)
    expected = slow_labels(depth, labels, planes, rays, 0.02)
    assert (out == expected).mean() > 0.999  # float32 against float64 at ties
    assert {*np.unique(out)} == {0, 1, 2} and (out[depth == 0] == 0).all()


def test_predicted_inverse_depth_is_linear_in_the_ray() -> None:
    plane = np.array([0.1, -0.2, 0.5], np.float32)
    assert predict(plane, 2.0, 1.0) == np.float32(0.1 * 2 - 0.2 + 0.5)


def test_small_masks_are_dropped_and_the_rest_renumbered() -> None:
    id_map = np.zeros((4, 6), np.int32)
    id_map[:2, :3], id_map[3, :2], id_map[2:, 3:] = 1, 2, 3
    masks = collect_masks(id_map, np.array([0.25, 0.5, 1.0]), 3)
    assert masks.ids.tolist() == [1, 2] and masks.scores.tolist() == [0.25, 1.0]
    np.testing.assert_array_equal(masks.to_id_map(), np.where(id_map == 3, 2, id_map == 1))
    assert len(collect_masks(np.zeros((4, 6), np.int32), np.zeros(0), 1)) == 0
