"""Steps of reasoning, scene by scene and question by question."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from scenewright.models.networks.language.reasoner import ReasonerLayer  # noqa: E402

STATES, UNITS = torch.randn(2, 3, 5, 8), torch.randn(2, 3, 4, 6)
FITS, PAIRS = torch.rand(2, 3, 5, 4), torch.randn(2, 5, 5, 7)
NOTHING = (torch.zeros(2, 3, 1, 1, 4), torch.zeros(2, 1, 1, 1, 5))


@pytest.mark.parametrize("relation", ["off", "bias", "values"])
def test_scenes_and_questions_do_not_see_each_other(relation: str) -> None:
    torch.manual_seed(0)
    layer = ReasonerLayer(8, 6, 4, 7, relation)  # type: ignore[arg-type]
    found = layer(STATES, UNITS, FITS, PAIRS, NOTHING)
    for scene in range(2):
        for asked in range(3):
            one, two = slice(scene, scene + 1), slice(asked, asked + 1)
            alone = layer(
                STATES[one, two], UNITS[one, two], FITS[one, two], PAIRS[one],
                (NOTHING[0][one, two], NOTHING[1][one]),
            )  # fmt: skip
            assert torch.allclose(alone[0, 0], found[scene, asked], atol=1e-5)


def test_some_heads_sum() -> None:
    """Twice as many equal objects pass on twice as much there."""
    torch.manual_seed(0)
    layer = ReasonerLayer(8, 6, 4, 7, "bias")
    same = STATES[:1, :1, :1].expand(1, 1, 4, 8)
    pairs, fits = torch.ones(1, 8, 8, 7), FITS[:1, :1, :1].expand(1, 1, 4, 4)
    few = layer(same, UNITS[:1, :1], fits, pairs[:, :4, :4], (torch.zeros(1), torch.zeros(1)))
    many = layer(
        same.repeat(1, 1, 2, 1), UNITS[:1, :1], fits.repeat(1, 1, 2, 1), pairs,
        (torch.zeros(1), torch.zeros(1)),
    )  # fmt: skip
    assert not torch.allclose(few[0, 0, 0], many[0, 0, 0], atol=1e-3)
