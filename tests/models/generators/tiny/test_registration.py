"""Registration of canonical shapes with shapes in the axes of the view."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from scenewright.models.generators.tiny.headings import HEADINGS, STEP  # noqa: E402
from scenewright.models.generators.tiny.registration import (  # noqa: E402
    inverse,
    moved_shapes,
    registered,
)


def canonical_shape() -> Any:
    """(1, 32, 32, 32) a box with a block on one corner, which has no symmetry about z."""
    shape = torch.zeros(1, 32, 32, 32)
    shape[0, 1:31, 6:26, 8:16] = 1
    shape[0, 1:9, 6:14, 16:24] = 1
    return shape


def similarity(angle: float, scale: float, shift: tuple[float, float, float]) -> Any:
    """(1, 3, 4) a turn about z, a scale and a shift."""
    cos, sin = np.cos(angle), np.sin(angle)
    turn = scale * np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    return torch.tensor(np.column_stack([turn, shift])[None], dtype=torch.float32)


def test_maps_are_inverted() -> None:
    map_ = similarity(0.7, 0.6, (0.1, -0.05, 0.02))
    back = inverse(map_)
    whole = back[0, :, :3] @ map_[0]
    assert whole[:, :3].numpy() == pytest.approx(np.eye(3), abs=1e-6)
    assert (whole[:, 3] + back[0, :, 3]).numpy() == pytest.approx(np.zeros(3), abs=1e-6)


def test_shapes_are_seen_in_other_cubes() -> None:
    shape = canonical_shape()
    half = moved_shapes(shape, similarity(0.0, 2.0, (0.0, 0.0, 0.0)))[0]
    filled = (half > 0.5).nonzero()
    # The box of voxels 1 to 30, 6 to 25 and 8 to 23 at half its size.
    assert filled.amin(0).tolist() == [9, 11, 12] and filled.amax(0).tolist() == [22, 20, 19]
    quarter = moved_shapes(shape, similarity(np.pi / 2, 1.0, (0.0, 0.0, 0.0)))[0]
    assert torch.allclose(quarter, shape[0].rot90(1, (1, 0)), atol=1e-4)


@pytest.mark.parametrize("heading", [0, 4, 9, 17, 22])
def test_heading_scale_and_place_are_found(heading: int) -> None:
    pose = similarity(heading * STEP, 0.7, (0.05, -0.08, 0.03))
    seen = moved_shapes(canonical_shape(), inverse(pose))
    logits = torch.zeros(1, HEADINGS)  # no heading is likelier than another
    found = registered(seen, canonical_shape(), logits)
    error = (found.headings.item() - heading * STEP + np.pi) % (2 * np.pi) - np.pi
    assert abs(error) < 0.02
    assert found.view_from_canonical.numpy() == pytest.approx(pose.numpy(), abs=0.06)


def test_unlikely_headings_are_not_tried_and_empty_shapes_have_one() -> None:
    logits = torch.full((1, HEADINGS), -9.0)
    logits[0, 7] = 9
    seen = moved_shapes(canonical_shape(), inverse(similarity(0.0, 0.7, (0.0, 0.0, 0.0))))
    for shape in (seen, 0 * seen):
        found = registered(shape, canonical_shape(), logits)
        assert found.headings.item() == pytest.approx(7 * STEP, abs=0.01)
        assert found.view_from_canonical.isfinite().all()
