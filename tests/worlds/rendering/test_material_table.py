"""The materials of a world as arrays."""

from __future__ import annotations

import numpy as np
import trimesh

from scenewright.worlds.composing.triangles import world_triangles
from scenewright.worlds.composing.world import World
from scenewright.worlds.objects.model import PATTERNS, Material
from scenewright.worlds.rendering.material_table import linear_from_srgb, material_table
from tests.worlds.rendering_builders import placed


def test_linear_values_follow_the_standard() -> None:
    values = linear_from_srgb(np.array([0.0, 0.04045, 0.5, 1.0], np.float32))
    np.testing.assert_allclose(values, [0.0, 0.0031308, 0.2140411, 1.0], atol=1e-6)


def test_rows_are_the_parts_of_the_triangles() -> None:
    box = trimesh.creation.box((1, 1, 1))
    image = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    materials = [
        Material((1.0, 0.0, 0.0), "checker", (0.0, 0.0, 1.0), scale=0.2, gloss=0.4),
        Material((0.5, 0.5, 0.5)),
        Material((0.1, 0.1, 0.1), image=image),
        Material((0.2, 0.2, 0.2), image=image),
    ]
    world = World(
        tuple(placed(i + 1, box, (3 * i, 0, 0), material=one) for i, one in enumerate(materials)),
        (20, 2, 2),
    )
    table = material_table(world)
    assert set(world_triangles(world).part.tolist()) == set(range(len(table.pattern)))
    assert table.pattern.tolist() == [PATTERNS.index("checker"), PATTERNS.index("plain"), -1, -1]
    np.testing.assert_allclose(table.colors[0], [(1, 0, 0), (0, 0, 1)], atol=1e-6)
    np.testing.assert_allclose(table.values[0], (0.2, 0.4), atol=1e-6)
    np.testing.assert_allclose(
        table.colors[1, 1], linear_from_srgb(np.full(3, 0.5 * 0.6)), atol=1e-6
    )
    # Two parts that share an image share its texels; the first texel is unused.
    assert table.image_of.tolist() == [[0, 0, 0], [0, 0, 0], [1, 3, 2], [1, 3, 2]]
    assert len(table.texels) == 1 + 6
    np.testing.assert_allclose(
        table.texels[1:], linear_from_srgb(image.reshape(-1, 3) / np.float32(255)), atol=1e-6
    )
