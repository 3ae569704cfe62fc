"""Random materials, and how an object combines them."""

from __future__ import annotations

import numpy as np

from scenewright.worlds.objects import (
    make_object,
)
from scenewright.worlds.objects.families.materials import (
    Palette,
    any_color,
    card,
    ceramic,
    clay,
    cloth,
    dark,
    glass,
    green,
    leather,
    metal,
    paint,
    paper,
    plastic,
    printed,
    wood,
)


def test_colors_vary_within_a_family() -> None:
    colors = {make_object("chair", seed=seed).parts[0].material.color for seed in range(20)}
    assert len(colors) == 20
    looks = [{id(p.material) for p in make_object("chair", seed=s).parts} for s in range(40)]
    assert any(len(one) == 1 for one in looks) and any(len(one) > 1 for one in looks)


def test_all_materials_are_valid_and_reproducible() -> None:
    for draw in (wood, paint, cloth, leather, metal, plastic, dark, ceramic, clay, card, paper,
                 glass, green, printed):  # fmt: skip
        first, again = (draw(np.random.default_rng(5)) for _ in range(2))
        assert vars(first) == vars(again)
        assert all(0 <= value <= 1 for value in first.color) and 0 <= first.gloss <= 1


def test_vivid_colors_are_saturated() -> None:
    rng = np.random.default_rng(0)
    vivid = [np.ptp(any_color(rng, vivid=1.0)) for _ in range(100)]
    muted = [np.ptp(any_color(rng, vivid=0.0)) for _ in range(100)]
    assert np.median(vivid) > 2 * np.median(muted)


def test_a_palette_gives_each_group_one_material() -> None:
    kinds = set()
    for seed in range(60):
        palette = Palette(np.random.default_rng(seed))
        top, leg = palette("top", wood), palette("leg", metal)
        assert palette("top", cloth) is top
        kinds.add("single" if top is leg else "several")
    assert kinds == {"single", "several"}
