"""The image encoder of generate/tiny: shapes, boxes and tokens."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from scenewright.models.generators.tiny.boxes import measured_extents  # noqa: E402
from scenewright.models.generators.tiny.encoder import (  # noqa: E402
    TOKENS,
    KnownGeometry,
    SceneEncoder,
    localized,
    paired,
    pooled,
    unpaired,
    without_place,
)
from scenewright.models.generators.tiny.headings import HEADINGS  # noqa: E402
from scenewright.models.generators.tiny.inputs import CHANNELS, PLACE, SIDE  # noqa: E402
from tests.models.generators.tiny.tiny_builders import SMALL_ENCODER, crops_with_points  # noqa: E402


@pytest.fixture
def encoder() -> SceneEncoder:
    """A network with random weights."""
    torch.manual_seed(0)
    network = SceneEncoder(SMALL_ENCODER).eval()
    torch.nn.init.normal_(network.box.weight, std=0.1)
    return network


def crops(count: int) -> Any:
    """Random crops."""
    return torch.rand(count, CHANNELS, SIDE, SIDE, generator=torch.Generator().manual_seed(1))


def test_every_object_gets_a_shape_a_box_and_tokens(encoder: SceneEncoder) -> None:
    with torch.no_grad():
        found = encoder(crops(2)[:1], crops(2), torch.zeros(2, dtype=torch.long))
        assert found.own.shape == found.whole.shape == (2, TOKENS, SMALL_ENCODER.token_width)
        assert found.boxes.shape == (2, 6) and found.headings.shape == (2, HEADINGS)
        assert found.logits.shape == found.canonical.shape == (2, 32, 32, 32)
        assert torch.equal(found.whole[0], found.whole[1])


def test_objects_depend_on_their_own_scene_alone(encoder: SceneEncoder) -> None:
    with torch.no_grad():
        both = encoder(crops(4)[:2], crops(5)[2:], torch.tensor([0, 0, 1]))
        alone = encoder(crops(4)[:1], crops(4)[2:], torch.tensor([0, 0]))
        for one, other in zip(both, alone, strict=True):
            assert torch.allclose(one[:2], other, atol=1e-5)
        other = encoder(crops(4)[:1], torch.stack([crops(4)[2], crops(1)[0]]), torch.tensor([0, 0]))
        assert not torch.allclose(other.boxes[0], alone.boxes[0], atol=1e-6)


def test_without_context_an_object_sees_itself_alone() -> None:
    with torch.no_grad():
        torch.manual_seed(0)
        network = SceneEncoder(replace(SMALL_ENCODER, context=False)).eval()
        torch.nn.init.normal_(network.box.weight, std=0.1)
        here = torch.tensor([0, 0])
        first = network(crops(2)[:1], crops(4)[2:], here)
        moved = crops(4)[2:].clone()
        moved[:, PLACE] += 1
        second = network(crops(1) + 1, torch.stack([moved[0], crops(1)[0]]), here)
        assert torch.allclose(first.logits[0], second.logits[0], atol=1e-6)
        assert not without_place(crops(1))[:, 5:].any()


def test_known_voxels_count_and_withheld_pictures_do_not(encoder: SceneEncoder) -> None:
    with torch.no_grad():
        occupied = torch.zeros(1, 32, 32, 32)
        occupied[0, :16] = 1
        here = torch.zeros(1, dtype=torch.long)
        known = KnownGeometry(occupied, 1 - occupied, torch.tensor([True]))
        first = encoder(crops(1), crops(1), here, known).logits
        assert torch.allclose(first, encoder(crops(2)[1:], crops(2)[1:], here, known).logits)
        nothing = KnownGeometry(0 * occupied, 0 * occupied, torch.tensor([False]))
        plain = encoder(crops(1), crops(1), here)
        for one, other in zip(encoder(crops(1), crops(1), here, nothing), plain, strict=True):
            assert torch.allclose(one, other, atol=1e-5)
        turned = KnownGeometry(1 - occupied, occupied, torch.tensor([True]))
        assert not torch.allclose(
            first, encoder(crops(1), crops(1), here, turned).logits, atol=1e-3
        )
        seen = known._replace(is_blind=torch.tensor([False]))
        assert not torch.allclose(first, encoder(crops(1), crops(1), here, seen).logits, atol=1e-4)


def test_positions_are_also_given_relative_to_the_subject() -> None:
    crop = crops_with_points()
    local = localized(crop, measured_extents(crop))
    assert local.shape[1] == CHANNELS + 3 and torch.equal(local[:, :CHANNELS], crop)
    inside = local[0, -3:, 20, 8:32]
    assert inside[1, 0] == pytest.approx(-1) and inside[1, -1] == pytest.approx(1)
    assert not local[0, -3:, :16].any()


def test_blocks_of_two_voxels_come_back() -> None:
    grid = torch.rand(2, 32, 32, 32)
    blocks = paired(grid)
    assert torch.equal(unpaired(blocks), grid)
    assert torch.equal(blocks[0, :, 3, 4, 5], grid[0, 6:8, 8:10, 10:12].flatten())


def test_tokens_are_averaged_in_their_square() -> None:
    tokens = torch.arange(16.0).view(1, 16, 1)
    assert pooled(tokens).flatten().tolist() == [2.5, 4.5, 10.5, 12.5]
