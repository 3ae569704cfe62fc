"""What is read from one mesh file: axes, textures, colors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from PIL import Image

from scenewright.worlds.objects import read_object_folder


def test_front_of_a_y_up_file_is_its_positive_z(tmp_path: Path) -> None:
    cone = trimesh.creation.cone(radius=0.2, height=0.8)  # its tip points to +z, the front
    cone.export(tmp_path / "thing.obj")
    model = read_object_folder(tmp_path, unit=1.0).models[0]
    points = model.parts[0].mesh.vertices
    tip = points[points[:, 1].argmin()]
    np.testing.assert_allclose(tip, (0, -0.4, 0.2), atol=1e-6)


def test_textures_are_kept_and_reduced(tmp_path: Path) -> None:
    mesh = trimesh.creation.box((1, 1, 1))
    pixels = np.zeros((600, 300, 3), np.uint8)
    pixels[:300] = (250, 10, 20)  # the upper half
    uv = np.random.default_rng(0).random((len(mesh.vertices), 2))
    visual: Any = trimesh.visual
    material = visual.material.PBRMaterial(baseColorTexture=Image.fromarray(pixels))
    mesh.visual = visual.TextureVisuals(uv=uv, material=material)
    mesh.export(tmp_path / "box.glb")
    part = read_object_folder(tmp_path, max_texture=100).models[0].parts[0]
    assert part.material.image is not None
    assert part.material.image.shape == (100, 50, 3)
    np.testing.assert_allclose(part.material.image[10, 10], (250, 10, 20), atol=12)
    assert part.uv is not None
    np.testing.assert_allclose(part.uv, uv[mesh.faces], atol=1e-5)


def test_colors_of_vertices_are_kept(tmp_path: Path) -> None:
    mesh = trimesh.creation.box((1, 1, 1))
    mesh.visual.vertex_colors = np.tile((10, 200, 30, 255), (8, 1))
    mesh.export(tmp_path / "box.ply")
    part = read_object_folder(tmp_path).models[0].parts[0]
    assert part.mesh.vertex_colors is not None
    assert (part.mesh.vertex_colors == (10, 200, 30)).all()
