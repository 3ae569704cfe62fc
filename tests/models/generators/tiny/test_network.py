"""The networks of generate/tiny: conditions, expectations and velocities."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from scenewright.models.generators.tiny.inputs import CHANNELS, SIDE  # noqa: E402
from scenewright.models.generators.tiny.network import (  # noqa: E402
    CANONICAL,
    SLOTS,
    TinyFlow,
    decoded_boxes,
    known_channels,
    leveled,
    measured_extents,
    placed_shapes,
)
from tests.models.generators.tiny.tiny_builders import SMALL, table_grid  # noqa: E402


@pytest.fixture
def flow() -> TinyFlow:
    """Networks with random weights."""
    torch.manual_seed(0)
    return TinyFlow(SMALL).eval()


def crops_with_points() -> Any:
    """One crop whose subject fills a rectangle, half of which has points."""
    crop = torch.zeros(1, CHANNELS, SIDE, SIDE)
    crop[:, 3, 16:48, 8:56] = 1
    crop[:, 5] = torch.linspace(-1, 1, SIDE)
    crop[:, 6] = torch.linspace(-1, 1, SIDE)[:, None]
    crop[:, 7, 16:48, 8:32] = 0.5
    crop[:, 8, 16:48, 8:32] = torch.linspace(0, 1, 24)
    crop[:, 10, 16:48, 8:32] = 1
    return crop


def test_before_training_the_expected_shape_is_what_is_sampled(flow: TinyFlow) -> None:
    crops = torch.rand(2, CHANNELS, SIDE, SIDE)
    with torch.no_grad():
        found = flow.conditions(crops[:1], crops, torch.zeros(2, dtype=torch.long))
        assert found.tokens.shape == (2, SLOTS, 80, SMALL.token_width)
        assert found.boxes.shape == (2, 8) and found.shapes.shape == (2, SMALL.components)
        expected = torch.randn(2, SLOTS, SMALL.latent_channels, 8, 8, 8)
        state = torch.randn_like(expected)
        times = torch.full((2,), 1000.0)
        velocity = flow.predict(state, times, found.tokens, expected=expected).velocity
    assert torch.allclose(state - velocity, expected, atol=1e-5)


def test_measures_are_of_the_subject_alone() -> None:
    measures = measured_extents(crops_with_points())
    assert measures.shape == (1, 16) and measures[0, 15] == 1
    step = 2 / (SIDE - 1)
    assert measures[0, :2].tolist() == pytest.approx([-1 + 8 * step, -1 + 16 * step], abs=1e-5)
    assert measures[0, 6:9].tolist() == pytest.approx([0.5, 0, 0])
    assert measures[0, 9:12].tolist() == pytest.approx([0.5, 1, 0])
    nothing = measured_extents(torch.zeros(1, CHANNELS, SIDE, SIDE))
    assert not nothing.any()


def test_boxes_start_from_what_is_seen(flow: TinyFlow) -> None:
    crop = crops_with_points()
    with torch.no_grad():
        found = flow.conditions(crop, crop, torch.zeros(1, dtype=torch.long))
    center, size = decoded_boxes(found.boxes)
    assert center[0].tolist() == pytest.approx([0.25, 0.25, 0], abs=1e-5)
    assert size[0].tolist() == pytest.approx([0.01, 0.5, 0.01], abs=1e-5)


def test_shapes_are_placed_by_their_boxes() -> None:
    table = torch.from_numpy(table_grid()).float()[None]
    box = torch.tensor([[0.1, -0.05, 0.0, 0, 0, 0, 0.0, 1.0]])
    edges = torch.tensor([16, 30, 16]) / 32 * 0.5  # Turned by 90 degrees.
    box[0, 3:6] = edges.log()
    placed = placed_shapes(table, box)[0].numpy() > 0.5
    found = np.argwhere(placed)
    low, high = found.min(axis=0) / 32 - 0.5, (found.max(axis=0) + 1) / 32 - 0.5
    assert (low + high) / 2 == pytest.approx([0.1, -0.05, 0.0], abs=0.03)
    assert high - low == pytest.approx(edges.numpy(), abs=0.05)
    # The thick leg, at low x and low y, comes to high x and low y.
    lower = placed[:, :, : int((0.5 - 0.02) * 32)]
    right, front = found[:, 0].mean(), found[:, 1].mean()
    legs = np.argwhere(lower)
    thick = ((legs[:, 0] > right) & (legs[:, 1] < front)).mean()
    assert thick > 0.35


def test_known_geometry_has_shares_per_cell() -> None:
    occupied = torch.zeros(1, 32, 32, 32)
    occupied[0, :2, :4, :4] = 1
    channels = known_channels(torch.zeros(1, 6, 8, 8, 8), occupied, 1 - occupied)
    assert channels.shape == (1, 8, 8, 8, 8)
    assert channels[0, 6, 0, 0, 0] == 0.5 and channels[0, 7, 0, 0, 0] == 0.5
    assert channels[0, 6, 1:].max() == 0 and CANONICAL == 2


def test_the_level_is_that_of_the_largest_expected_overlap() -> None:
    sure = torch.full((1, 4, 4, 4), -4.0)
    sure[0, :2] = 4.0
    assert torch.equal(leveled(sure) > 0, sure > 0)
    # 16 voxels at 0.4, 48 at 0.1: 6.4 / (11.2 + 9.6) with the first, 11.2 / 64 with all.
    vague = torch.full((1, 4, 4, 4), 8 * (0.1 - 0.5))
    vague[0, 0] = 8 * (0.4 - 0.5)
    found = leveled(vague) > 0
    assert found[0, 0].all() and not found[0, 1:].any()
