"""The flow of generate/tiny."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from scenewright.models.generators.tiny.encoder import TOKENS, Conditions  # noqa: E402
from scenewright.models.generators.tiny.flow import (  # noqa: E402
    SLOTS,
    TinyFlow,
)
from scenewright.models.generators.tiny.headings import HEADINGS  # noqa: E402
from tests.models.generators.tiny.tiny_builders import SMALL  # noqa: E402


def test_before_training_the_expected_shape_is_what_is_sampled() -> None:
    with torch.no_grad():
        torch.manual_seed(0)
        flow = TinyFlow(SMALL).eval()
        tokens = torch.rand(2, TOKENS, SMALL.token_width)
        shapes = torch.zeros(2, 32, 32, 32)
        nothing = Conditions(
            tokens,
            tokens,
            torch.zeros(2, 6),
            shapes,
            shapes,
            torch.zeros(2, HEADINGS),
            torch.zeros(2, 3, 8, 8, 8),
        )
        given = flow.tokens(nothing)
        assert given.shape == (2, SLOTS, TOKENS + TOKENS // 4, SMALL.token_width)
        expected = torch.randn(2, SLOTS, SMALL.latent_channels, 8, 8, 8)
        state = torch.randn_like(expected)
        times = torch.full((2,), 1000.0)
        velocity = flow.predict(state, times, given, expected=expected).velocity
        assert torch.allclose(state - velocity, expected, atol=1e-5)
