"""Categories and typical sizes from the names of mesh files."""

from __future__ import annotations

import pytest

from scenewright.worlds.objects.mesh_categories import category_from_name, typical_size


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("KitchenChair_01.glb", "kitchen chair"),
        ("kitchen_table-02.obj", "kitchen table"),
        ("sub/TVStand3.ply", "tv stand"),
        ("cactus_medium_a.glb", "cactus"),
        ("0001.glb", "object"),
    ],
)
def test_categories_come_from_names(name: str, category: str) -> None:
    assert category_from_name(name) == category


def test_sizes_are_found_by_endings_and_words() -> None:
    assert typical_size("kitchen chair") == typical_size("chair")
    assert typical_size("kitchentable") == typical_size("table")
    assert typical_size("books") == typical_size("book")
    assert typical_size("curtain open") == typical_size("curtain")
    assert typical_size("gizmo") is None
