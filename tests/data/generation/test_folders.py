"""Names of files and folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenewright.core import UnknownNameError
from scenewright.data.generation import folders


def test_names_are_those_of_the_published_layout() -> None:
    root = Path("data")
    assert folders.scene_table(root, "train") == root / "metadata_scene.csv"
    assert folders.scene_table(root, "test") == root / "metadata_scene_test.csv"
    assert folders.images_folder("train", "0000012") == "masked_images/0000012"
    assert folders.images_folder("test", "0000012") == "masked_images_test/0000012"
    assert folders.features_file("test", "0000012") == "vggt_features_test/0000012.npz"
    assert folders.voxels_file("abc") == "voxels/abc.ply"
    assert folders.latent_file("abc") == "ss_latents/ss_enc_conv3d_16l8_fp16/abc.npz"
    assert folders.truth_mesh("test", "0000012") == "scene_test/0000012.glb"
    assert folders.truth_render("test", "0000012") == "scene_test_render/0000012.png"
    assert folders.render_settings("test") == "scene_test_render/render_cfg.json"


def test_every_name_is_an_output() -> None:
    for split in folders.SPLITS:
        names = [
            folders.scene_table(Path(), split).name,
            folders.images_folder(split, "1"),
            folders.features_file(split, "1"),
            folders.voxels_file("a"),
            folders.latent_file("a"),
            folders.truth_mesh(split, "1"),
            folders.truth_render(split, "1"),
            folders.of_split(folders.PARTS, split),
        ]
        assert {name.split("/")[0] for name in names} <= folders.OUTPUTS


def test_an_unknown_split() -> None:
    folders.check_split("test")
    with pytest.raises(UnknownNameError, match="There is no split 'val': expected one of train, t"):
        folders.check_split("val")
