"""The largest blending weights of pixels against the reference."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.splats.rasterizer.blending_weights import blend_weights
from tests.splats.rasterizer.oracle_builders import (
    SETTINGS,
    oracle,
)
from tests.splats.splat_builders import (
    make_camera,
    make_pose,
    make_surfels,
)

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("top", [3, 8])
def test_blend_weights_are_the_largest_of_the_oracle(top: int) -> None:
    camera = make_camera()
    arrays = make_surfels(150, 6, np.float32)
    pose = make_pose(6)
    trace, _ = oracle(arrays, camera, pose=pose)
    found = blend_weights(arrays, camera, world_from_cam=pose, near=SETTINGS.near, top=top)
    true, ids = (part.numpy() for part in torch.topk(trace.weights, top, dim=-1))
    assert found.ids.shape == found.weights.shape == (*camera.size, top)
    wrong = np.abs(found.weights - true) > 1e-4
    assert wrong.mean() < 1e-3
    gap = -np.diff(true, axis=-1, append=0)
    clear = (true > 1e-3) & (gap > 1e-4) & (np.roll(gap, 1, -1) > 1e-4)
    clear[..., 0] = (true > 1e-3)[..., 0] & (gap[..., 0] > 1e-4)
    assert (found.ids != ids)[clear & ~wrong].mean() < 1e-3
    assert (found.ids[true == 0] == -1).mean() > 0.999
    assert np.abs(found.alpha - trace.images.alpha.numpy()).mean() < 1e-5
    assert (found.weights > 0.1).sum(-1).max() <= 9
