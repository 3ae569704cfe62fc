"""The flow of generate/tiny."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from scenewright.models.generators.tiny.encoder import TOKENS, Conditions  # noqa: E402
from scenewright.models.generators.tiny.flow import (  # noqa: E402
    CANONICAL,
    SLOTS,
    TinyFlow,
    known_channels,
)
from tests.models.generators.tiny.tiny_builders import SMALL  # noqa: E402


@torch.no_grad()
def test_before_training_the_expected_shape_is_what_is_sampled() -> None:
    torch.manual_seed(0)
    flow = TinyFlow(SMALL).eval()
    tokens = torch.rand(2, TOKENS, SMALL.token_width)
    given = flow.tokens(Conditions(tokens, tokens, torch.zeros(2, 8), torch.zeros(2, 32, 32, 32)))
    assert given.shape == (2, SLOTS, TOKENS + TOKENS // 4, SMALL.token_width)
    expected = torch.randn(2, SLOTS, SMALL.latent_channels, 8, 8, 8)
    state = torch.randn_like(expected)
    times = torch.full((2,), 1000.0)
    velocity = flow.predict(state, times, given, expected=expected).velocity
    assert torch.allclose(state - velocity, expected, atol=1e-5)


def test_known_geometry_has_shares_per_cell() -> None:
    occupied = torch.zeros(1, 32, 32, 32)
    occupied[0, :2, :4, :4] = 1
    channels = known_channels(torch.zeros(1, 6, 8, 8, 8), occupied, 1 - occupied)
    assert channels.shape == (1, 8, 8, 8, 8)
    assert channels[0, 6, 0, 0, 0] == 0.5 and channels[0, 7, 0, 0, 0] == 0.5
    assert channels[0, 6, 1:].max() == 0 and CANONICAL == 2
