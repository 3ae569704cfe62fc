"""Captions of worlds."""

from __future__ import annotations

from scenewright.worlds.language.captions import make_captions
from tests.worlds.language.world_builders import make_boxes


def test_captions_name_color_class_and_true_places() -> None:
    found = {one.id: one for one in make_captions(make_boxes(), seed=2)}
    assert found[6].label == "mug" and 2 <= len(found[6].texts) <= 4
    assert all("red mug" in text for text in found[6].texts)
    assert any("on the desk" in text for text in found[6].texts)
    assert not any("sofa" in text for text in found[6].texts)
    sides = " ".join(found[3].texts)
    assert "left of the desk" in sides and "right" not in sides


def test_the_same_seed_makes_the_same_captions() -> None:
    assert make_captions(make_boxes(), seed=5) == make_captions(make_boxes(), seed=5)
