"""Scenes from views of worlds."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scenewright.core import ConventionError
from scenewright.data.generation import GenerationDataset, placed_voxels
from scenewright.data.generation.poses import rotation_from_euler
from scenewright.data.generation.tables import read_object_table
from scenewright.data.generation.writing import file_hash, write_tables
from scenewright.worlds import make_world
from scenewright.worlds.generation.from_worlds import GenerationRecipe, write_world_scenes

RECIPE = GenerationRecipe(views=2, width=120, height=90, split="test")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generation")
    world = make_world("random", 5, num_objects=(3, 3))
    write_world_scenes(world, folder, name="random-000005", seed=5, recipe=RECIPE)
    write_tables(folder)
    return folder


def test_scene_ids_are_consecutive(root: Path) -> None:
    assert GenerationDataset(root, split="test").scene_ids == ("0000010", "0000011")


def test_voxels_project_into_the_masks(root: Path) -> None:
    cameras = json.loads((root / "scene_test_render/render_cfg.json").read_text())
    dataset = GenerationDataset(root, split="test")
    num_checked = 0
    for scene in dataset:
        focal = 60 / np.tan(cameras[scene.scene_id]["fov"] / 2)
        query = scene.objects[0]
        for one, pose in zip(scene.objects, scene.poses, strict=True):
            assert one.voxels is not None and one.mask is not None
            points = placed_voxels(one.voxels, pose) * query.scale
            points = points @ rotation_from_euler(query.rotation).T + query.translation
            assert (points[:, 2] < 0).all()
            pixels = points[:, :2] * (1, -1) * focal / -points[:, 2:] + (60, 45)
            inside = ((pixels >= 0) & (pixels < (120, 90))).all(axis=1)
            hit = np.zeros((90, 120), bool)
            hit[tuple(pixels[inside].astype(int).T[::-1])] = True
            # The silhouette of the voxels covers the visible pixels.
            assert (hit & one.mask).sum() > 0.9 * one.mask.sum()
            num_checked += 1
    assert num_checked >= 3


def test_the_render_shows_exactly_the_objects(root: Path) -> None:
    for scene in GenerationDataset(root, split="test"):
        render = np.array(Image.open(root / f"scene_test_render/{scene.scene_id}.png"))
        alpha = render[:, :, 3] > 0
        masks = np.any([one.mask for one in scene.objects if one.mask is not None], axis=0)
        assert (masks & ~alpha).sum() <= 2
        assert set(np.unique(render[:, :, 3])) <= {0, 255}


def test_meshes_are_centered_and_hashed(root: Path) -> None:
    import trimesh

    for row in read_object_table(root / "metadata.csv"):
        assert file_hash(root / row.local_path) == row.sha256
        mesh = trimesh.load(root / row.local_path)
        low, high = mesh.bounds
        assert np.allclose(low + high, 0, atol=1e-5)
        scene = GenerationDataset(root, split="test")
        found = [one for s in scene for one in s.objects if one.sha256 == row.sha256]
        assert found and found[0].scale == pytest.approx((high - low).max(), abs=1e-5)
        # Voxels are z up, the mesh is y up.
        voxels = found[0].voxels
        assert voxels is not None
        extent = (np.ptp(voxels, axis=0) + 1) / 64 * found[0].scale
        x, y, z = high - low
        assert np.abs(extent - (x, z, y)).max() < 2.5 * found[0].scale / 64


def test_the_same_seed_gives_the_same_bytes(root: Path, tmp_path: Path) -> None:
    world = make_world("random", 5, num_objects=(3, 3))
    write_world_scenes(world, tmp_path, name="random-000005", seed=5, recipe=RECIPE)
    write_tables(tmp_path)
    names = sorted(p.relative_to(root) for p in root.rglob("*") if p.is_file())
    assert names == sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*") if p.is_file())
    assert all((root / name).read_bytes() == (tmp_path / name).read_bytes() for name in names)


def test_the_train_split_has_no_renders(tmp_path: Path) -> None:
    recipe = GenerationRecipe(views=1, width=60, height=60)
    world = make_world("random", 5, num_objects=(2, 2))
    record = write_world_scenes(world, tmp_path, name="random-000005", seed=5, recipe=recipe)
    assert record.cameras == {}
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"masked_images", "parts", "raw", "voxels"}


def test_seeds_and_worlds_without_scenes(tmp_path: Path) -> None:
    world = make_world("random", 5, num_objects=(1, 1))
    with pytest.raises(ConventionError, match="Seed: expected below 2500000, got 2500000"):
        write_world_scenes(
            world, tmp_path, name="x", seed=2_500_000, recipe=GenerationRecipe(views=4)
        )
    empty = replace(world, objects=tuple(one for one in world.objects if one.is_stuff))
    with pytest.raises(ConventionError) as caught:
        write_world_scenes(
            empty, tmp_path, name="x", seed=1, recipe=GenerationRecipe(views=1, width=8, height=8)
        )
    assert str(caught.value) == (
        "World to view: expected a view of an object that covers 0.2 % of the image, got none "
        "among 1 views. Use larger images or more views."
    )
    assert not any(tmp_path.iterdir())
