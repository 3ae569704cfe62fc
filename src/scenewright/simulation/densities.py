"""Bulk densities of things by label, for their mass."""

from __future__ import annotations

DEFAULT_DENSITY = 250.0
"""Density of an object whose label is not in the table, kg per cubic meter."""
_DENSITIES: dict[float, tuple[str, ...]] = {
    30.0: ("lampshade", "balloon", "pillow", "cushion", "teddy", "toy"),
    80.0: ("basket", "bin", "box", "lamp", "floor lamp", "table lamp", "picture", "curtain"),
    120.0: ("sofa", "armchair", "bed", "mattress", "couch", "ottoman", "bag", "backpack"),
    200.0: (
        "chair", "stool", "bench", "cabinet", "drawer chest", "dresser", "wardrobe", "shelf",
        "bookcase", "bookshelf", "nightstand", "sink", "refrigerator", "oven",
    ),
    400.0: ("table", "desk", "coffee table", "monitor", "television", "tv", "laptop", "computer",
            "speaker", "microwave", "keyboard", "printer"),
    600.0: ("board", "plank", "door", "rug", "carpet", "book", "book stack", "books"),
    800.0: ("bottle", "cup", "mug", "bowl", "plate", "vase", "jar", "plant", "plant pot", "can",
            "fruit", "food"),
}  # fmt: skip
"""Mass over the volume that a closed mesh encloses; hollow things are light."""
DENSITIES = {label: density for density, labels in _DENSITIES.items() for label in labels}
"""Label -> density, kg per cubic meter."""


def density_of(label: str) -> tuple[float, bool]:
    """The density of an object, and whether its label is in the table.

    Args:
        label: Category, in any case; a label that ends with a known word counts as that one.
    """
    name = label.strip().casefold()
    if name in DENSITIES:
        return DENSITIES[name], True
    last = name.rpartition(" ")[2]
    return (DENSITIES[last], True) if last in DENSITIES else (DEFAULT_DENSITY, False)
