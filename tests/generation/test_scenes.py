"""Assets as a scene."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import Asset, ConventionError, Mesh, ShapeError
from scenewright.generation.scenes import generated_scene
from tests.generation.generation_builders import gaussians_on_sphere, sphere


def asset(offset: float, *, with_surfels: bool = True) -> Asset:
    """A sphere of radius 0.4, doubled and moved along x."""
    vertices, faces = sphere(cells=10)
    placement = np.diag([2.0, 2, 2, 1])
    placement[0, 3] = offset
    return Asset(
        mesh=Mesh(vertices.astype(np.float32), faces.astype(np.int32)),
        world_from_asset=placement,
        surfels=gaussians_on_sphere(count=50).surfels() if with_surfels else None,
    )


def test_rows_boxes_and_surfels() -> None:
    scene = generated_scene([asset(0), asset(3)], labels=["ball", ""])
    assert scene.instances.id.tolist() == [1, 2]
    assert scene.instances.label == ("ball", "")
    assert scene.instances.source.tolist() == ["generated"] * 2
    np.testing.assert_allclose(scene.instances.center, [[0, 0, 0], [3, 0, 0]], atol=0.02)
    np.testing.assert_allclose(scene.instances.size, 1.6, atol=0.1)
    np.testing.assert_array_equal(scene.up, [0, 0, 1])
    assert scene.surfels is not None and scene.surfels.instance_id is not None
    np.testing.assert_array_equal(scene.surfels.instance_id, np.repeat([1, 2], 50))
    middle = scene.surfels.means[50:].mean(axis=0)
    np.testing.assert_allclose(middle, [3, 0, 0], atol=0.2)


def test_without_surfels_of_all_the_scene_has_none() -> None:
    scene = generated_scene([asset(0), asset(3, with_surfels=False)], ids=[7, 4])
    assert scene.surfels is None
    assert set(scene.assets) == {4, 7}


def test_bad_requests_are_refused() -> None:
    with pytest.raises(ConventionError) as caught:
        generated_scene([])
    assert str(caught.value) == "generated scene: expected at least 1 asset, got none"
    with pytest.raises(ShapeError) as wrong:
        generated_scene([asset(0)], ids=[1, 2])
    assert str(wrong.value) == "ids: expected 1, one per asset, got 2"
