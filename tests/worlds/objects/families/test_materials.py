"""Random materials, and how an object combines them."""

from __future__ import annotations

from scenewright.worlds.objects import (
    make_object,
)


def test_colors_vary_within_a_family() -> None:
    colors = {make_object("chair", seed=seed).parts[0].material.color for seed in range(20)}
    assert len(colors) == 20
    looks = [{id(p.material) for p in make_object("chair", seed=s).parts} for s in range(40)]
    assert any(len(one) == 1 for one in looks) and any(len(one) > 1 for one in looks)
