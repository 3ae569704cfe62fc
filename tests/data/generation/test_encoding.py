"""Latents and features by networks, here simple functions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.core import FormatError, ShapeError, UnknownNameError
from scenewright.data.generation import GenerationDataset, encode_features, encode_latents
from scenewright.data.generation.encoding import missing_encodings
from tests.data.generation.generation_builders import SHELF, STOOL, write_data


def pooled(grid: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Occupied share of blocks of 4^3 voxels, in 8 equal channels."""
    assert grid.shape == (64, 64, 64) and grid.dtype == np.bool_
    shares = grid.reshape(16, 4, 16, 4, 16, 4).mean(axis=(1, 3, 5), dtype=np.float32)
    return np.repeat(shares[None], 8, axis=0)


def colors(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    assert image.shape == (30, 40, 3)
    return np.full((1, 1374, 4), image.mean(), np.float32)


def test_latents_are_written_once_and_read_back(tmp_path: Path) -> None:
    write_data(tmp_path)
    steps: list[tuple[str, int, int, str]] = []
    assert encode_latents(tmp_path, pooled, progress=lambda *s: steps.append(s)) == 2
    assert steps == [("latents", 1, 2, "objects"), ("latents", 2, 2, "objects")]
    (tmp_path / f"ss_latents/ss_enc_conv3d_16l8_fp16/{STOOL}.npz").unlink()
    assert encode_latents(tmp_path, pooled) == 1
    shelf, stool = GenerationDataset(tmp_path)[0].objects
    assert shelf.latent is not None and shelf.latent.shape == (8, 16, 16, 16)
    assert shelf.voxels is not None
    assert shelf.latent[0].sum() * 64 == pytest.approx(len(shelf.voxels))
    assert stool.latent is not None and not np.array_equal(shelf.latent, stool.latent)


def test_latents_of_another_encoder(tmp_path: Path) -> None:
    write_data(tmp_path)
    encode_latents(tmp_path, lambda grid: pooled(grid)[:1], latents="small")
    assert GenerationDataset(tmp_path)[0].objects[0].latent is None
    head = (tmp_path / "metadata_scene.csv").read_text().splitlines()[0]
    assert head.endswith(",ss_latent_ss_enc_conv3d_16l8_fp16,ss_latent_small")
    assert len(missing_encodings(tmp_path)) == 1
    latent = GenerationDataset(tmp_path, latents="small")[0].objects[0].latent
    assert latent is not None and latent.shape == (1, 16, 16, 16)


def test_features_are_read_on_request(tmp_path: Path) -> None:
    write_data(tmp_path, split="test")
    assert encode_features(tmp_path, colors, split="test") == 1
    assert encode_features(tmp_path, colors, split="test") == 0
    assert GenerationDataset(tmp_path, split="test")[0].features is None
    features = GenerationDataset(tmp_path, split="test", with_features=True)[0].features
    assert features is not None and features.shape == (1, 1374, 4)


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    write_data(tmp_path, scene_ids=("0000001", "0000002"))
    assert missing_encodings(tmp_path) == (
        "ss_latents: 0 of 2 objects; the others need a network (--structure-weights)",
        "vggt_features: 0 of 2 scenes; the others need a network (--vggt-weights)",
    )
    encode_latents(tmp_path, pooled)
    encode_features(tmp_path, colors)
    assert missing_encodings(tmp_path) == ()


def test_bad_input(tmp_path: Path) -> None:
    write_data(tmp_path)
    with pytest.raises(ShapeError) as caught:
        encode_latents(tmp_path, lambda grid: pooled(grid)[0])
    assert str(caught.value) == (
        f"Latent of {SHELF}: expected finite numbers of 4 dimensions, got float32 of shape "
        "(16, 16, 16)"
    )
    with pytest.raises(ShapeError, match="Features of scene 0000001: expected finite numbers of 3"):
        encode_features(tmp_path, lambda image: colors(image) * np.float32(np.nan))
    with pytest.raises(UnknownNameError, match="There is no split 'val'"):
        encode_features(tmp_path, colors, split="val")
    path = tmp_path / f"voxels/{SHELF}.ply"
    path.unlink()
    with pytest.raises(FormatError, match=f"{path}: expected a PLY file, got no such path"):
        encode_latents(tmp_path, pooled)
    assert not (tmp_path / "ss_latents").exists()
