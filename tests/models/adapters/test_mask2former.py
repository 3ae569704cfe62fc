"""From the queries of Mask2Former to masks, and its input size."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from scenewright.core import MaskSet  # noqa: E402
from scenewright.models.adapters.mask2former import entity_masks, scaled_size  # noqa: E402


def test_entities_from_known_logits() -> None:
    """The image fills the upper left 24 x 32 of a 32 x 32 input; logits are a quarter of it."""
    classes = torch.tensor([[4.0, 0, 0], [0, 0, 4.0], [0, 4.0, 0], [0, 0, -4.0]])
    masks = torch.full((4, 8, 8), -9.0)
    masks[0, :3, :4] = 9.0
    masks[1] = 9.0  # of an empty query
    masks[2, 6:] = 9.0  # outside of the image
    masks[3, :, 4:] = 1.0  # uncertain
    found = entity_masks(
        classes, masks, padded=(32, 32), scaled=(24, 32), size=(48, 64), min_score=0.5, min_area=9
    )
    assert len(found) == 2

    def confidence(c: list[float]) -> float:
        return float(1 - torch.tensor(c).softmax(0)[-1])

    assert found.scores[0] == pytest.approx(confidence([4.0, 0, 0]), abs=0.03)
    assert found.scores[1] == pytest.approx(confidence([0, 0, -4.0]) / (1 + np.exp(-1)), abs=0.03)
    first, second = found.dense()
    assert first[:22, :30].all() and not first[26:].any() and not first[:, 34:].any()
    assert second[:, 40:].all() and not second[:, :30].any()
    none = entity_masks(
        classes, masks, padded=(32, 32), scaled=(24, 32), size=(48, 64), min_score=0.99, min_area=9
    )
    assert isinstance(none, MaskSet) and len(none) == 0


@pytest.mark.parametrize(
    ("settings", "size"),
    [
        ({"size": {"height": 384, "width": 384}}, (384, 384)),
        ({"size": {"shortest_edge": 240, "longest_edge": 1333}}, (240, 320)),
        ({"size": {"shortest_edge": 240, "longest_edge": 160}}, (120, 160)),
        ({"size": 240, "max_size": 160}, (120, 160)),
        ({"size": 240, "_max_size": 999}, (240, 320)),
        ({"size": {"shortest_edge": 240}}, (240, 320)),
        ({"do_resize": False}, (480, 640)),
    ],
)
def test_wanted_size(settings: dict[str, Any], size: tuple[int, int]) -> None:
    assert scaled_size((480, 640), settings) == size
