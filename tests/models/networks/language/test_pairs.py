"""How objects lie to each other, as numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from torch import Tensor

torch = pytest.importorskip("torch")

from scenewright.models.networks.language.pairs import (  # noqa: E402
    NAMES,
    NUM_PAIRS,
    pair_features,
    published_pairs,
)

CENTER = torch.tensor([[[2.0, 0.0, 0.5], [2.0, 1.0, 0.5], [2.0, 0.0, 1.1], [0.0, 0.0, 0.0]]])
SIZE = torch.tensor([[[1.0, 1.0, 1.0], [0.5, 0.5, 0.5], [0.2, 0.2, 0.2], [1.0, 1.0, 1.0]]])
KNOWN = torch.tensor([[True, True, True, False]])


def column(name: str) -> Tensor:
    found = pair_features(CENTER, SIZE, KNOWN, torch.zeros(1, 2))
    assert found.shape == (1, 4, 4, NUM_PAIRS)
    assert torch.isfinite(found).all() and not found[:, 3].any() and not found[:, :, 3].any()
    return found[0, :, :, NAMES.index(name)]


def test_sides_are_those_of_the_viewer() -> None:
    assert column("left")[1, 0] == pytest.approx(0.5)  # +y is left for who looks along +x
    assert column("left")[0, 1] < 0
    assert column("away")[0, 0] == 0
    behind = pair_features(CENTER, SIZE, KNOWN, torch.tensor([[4.0, 0.0]]))
    assert behind[0, 1, 0, NAMES.index("left")] == pytest.approx(-0.5)


def test_what_rests_on_another_is_told_from_what_lies_beside_it() -> None:
    assert column("resting")[2, 0] == pytest.approx(1.0, abs=1e-4)
    assert column("overlap")[2, 0] == pytest.approx(1.0, abs=1e-4)
    assert column("overlap")[1, 0] == 0 and column("resting")[1, 0] < 0.1


def test_sizes_are_compared() -> None:
    assert column("volume ratio")[0, 1] == pytest.approx(0.693, abs=1e-3)
    assert column("volume order")[0, 1] == pytest.approx(1.0, abs=1e-3)
    assert column("height order")[1, 0] == pytest.approx(-1.0, abs=1e-3)


def test_published_pairs_are_relative_to_the_largest_distance_without_padding() -> None:
    found = published_pairs(CENTER, KNOWN)[0]
    apart = (CENTER[0, 1] - CENTER[0, 2]).norm()
    assert found[:3, :3, 0].max() == pytest.approx(1.0)
    assert found[1, 0, 0] == pytest.approx(float(1 / apart), abs=1e-5)
    assert found[2, 0, 1] == pytest.approx(1.0, abs=1e-4)  # straight above
    assert found[1, 0, 3] == pytest.approx(1.0, abs=1e-4)  # along +y
