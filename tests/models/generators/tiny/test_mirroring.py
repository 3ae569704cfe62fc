"""Mirrored pictures, and what is found in them."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from scenewright.models.generators.tiny.encoder import Conditions, KnownGeometry  # noqa: E402
from scenewright.models.generators.tiny.headings import (  # noqa: E402
    HEADINGS,
    STEP,
    likeliest_headings,
)
from scenewright.models.generators.tiny.inputs import CHANNELS, PLACE, POINTS, SIDE  # noqa: E402
from scenewright.models.generators.tiny.mirroring import (  # noqa: E402
    averaged,
    mirrored_conditions,
    mirrored_crops,
    mirrored_geometry,
)


def found(heading: int) -> Conditions:
    """Something that is different on the left and on the right."""
    shape = torch.zeros(1, 32, 32, 32)
    shape[:, :8] = 1
    headings = torch.zeros(1, HEADINGS)
    headings[0, heading] = 9
    box = torch.tensor([[0.2, 0.1, 0.0, -1.0, -1.0, -2.0]])
    colors = torch.zeros(1, 3, 8, 8, 8)
    colors[:, :, :2] = 1
    tokens = torch.rand(1, 4, 2)
    return Conditions(tokens, tokens, box, shape, shape, headings, colors)


def test_crops_and_their_coordinates_are_mirrored() -> None:
    crops = torch.rand(2, CHANNELS, SIDE, SIDE)
    again = mirrored_crops(crops)
    assert torch.equal(again[:, :3], crops[:, :3].flip(-1))
    assert torch.equal(again[:, PLACE.start], -crops[:, PLACE.start].flip(-1))
    assert torch.equal(again[:, POINTS.start], -crops[:, POINTS.start].flip(-1))
    assert torch.equal(again[:, POINTS.start + 1], crops[:, POINTS.start + 1].flip(-1))
    assert torch.equal(mirrored_crops(again), crops)


@pytest.mark.parametrize("heading", [0, 1, 6, 17])
def test_what_is_found_is_mirrored_back(heading: int) -> None:
    one = found(heading)
    back = mirrored_conditions(one)
    assert back.boxes[0].tolist() == pytest.approx([-0.2, 0.1, 0.0, -1.0, -1.0, -2.0])
    assert back.logits[0, 24:].all() and not back.logits[0, :24].any()
    assert back.canonical[0, 24:].all() and back.colors[0, :, 6:].all()
    turned = likeliest_headings(back.headings).item() + heading * STEP
    assert turned % (2 * torch.pi) == pytest.approx(0, abs=1e-3) or turned == pytest.approx(
        2 * torch.pi, abs=1e-3
    )
    for twice, first in zip(mirrored_conditions(back), one, strict=True):
        assert torch.equal(twice, first)
    mean = averaged(one, back)
    assert torch.equal(mean.logits, mean.logits.flip(1)) and mean.boxes[0, 0] == 0


def test_known_voxels_are_mirrored() -> None:
    occupied = torch.zeros(1, 32, 32, 32)
    occupied[:, 3] = 1
    known = KnownGeometry(occupied, 1 - occupied, torch.tensor([False]))
    again = mirrored_geometry(known)
    assert again.occupied[0, 28].all() and not again.free[0, 28].any()
