"""Encoders for training data, from tiny files of the published form."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from scenewright.core import WeightsError
from scenewright.models.networks.data_encoders import (
    GridEncoder,
    ImageTokens,
    check_grid_encoder,
    check_image_tokens,
    fit_square,
)
from scenewright.models.networks.published import build
from tests.models.networks.encoder_builders import ENCODER_ARGS, write_encoder, write_vggt


def test_latents_are_means(tmp_path: Path) -> None:
    path = write_encoder(tmp_path)
    encoder = GridEncoder(f"file:{path}")
    assert encoder.name == "ss_enc_tiny"
    grid = np.random.default_rng(0).random((16, 16, 16)) > 0.8
    latent = encoder(grid)
    assert latent.shape == (2, 4, 4, 4) and latent.dtype == np.float32
    network = build("SparseStructureEncoder", ENCODER_ARGS)
    network.load_state_dict(load_file(path))
    with torch.no_grad():
        mean = network(torch.from_numpy(grid).float()[None, None]).mean[0].numpy()
    assert np.allclose(latent, mean, atol=1e-6)


def test_tokens_of_an_image(tmp_path: Path) -> None:
    encoder = ImageTokens(f"file:{write_vggt(tmp_path / 'vggt')}")
    image = np.random.default_rng(0).integers(0, 256, (28, 28, 3), dtype=np.uint8)
    tokens = encoder(image)
    assert tokens.shape == (1, 1 + 4 + 4, 64) and tokens.dtype == np.float32
    assert not np.allclose(tokens, encoder(255 - image))


@pytest.mark.parametrize(
    ("size", "rows", "columns"), [((60, 60), 56, 56), ((30, 60), 28, 56), ((60, 21), 56, 14)]
)
def test_images_in_a_square(size: tuple[int, int], rows: int, columns: int) -> None:
    square = fit_square(np.zeros((*size, 3), np.uint8), 56, step=14)
    assert square.shape == (56, 56, 3)
    dark = (square == 0).all(axis=2)
    assert dark.any(axis=1).sum() == rows and dark.any(axis=0).sum() == columns
    assert dark.sum() == rows * columns and (square[~dark] == 255).all()
    assert np.array_equal(dark, dark[::-1]) and np.array_equal(dark, dark[:, ::-1])


def test_bad_weights(tmp_path: Path) -> None:
    path = write_encoder(tmp_path, name="SparseStructureDecoder")
    settings = path.with_suffix(".json")
    with pytest.raises(WeightsError) as caught:
        GridEncoder(f"file:{path}")
    assert str(caught.value) == (
        f'{settings}: expected the arguments of a network named "SparseStructureEncoder", '
        'got "name": "SparseStructureDecoder"'
    )
    settings.write_text("[]")
    with pytest.raises(WeightsError, match="expected a JSON object, got list"):
        GridEncoder(f"file:{path}")
    settings.write_text("{")
    with pytest.raises(WeightsError, match=re.escape(f"Cannot read {settings}: expected JSON")):
        GridEncoder(f"file:{path}")
    settings.unlink()
    with pytest.raises(WeightsError, match=re.escape(f"{settings} is missing: expected the arg")):
        GridEncoder(f"file:{path}")
    write_encoder(tmp_path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(WeightsError, match="expected a complete safetensors file"):
        GridEncoder(f"file:{path}")
    with pytest.raises(WeightsError, match="are missing"):
        ImageTokens(f"file:{tmp_path / 'nothing'}")


def test_weights_are_checked_without_being_loaded(tmp_path: Path) -> None:
    path, folder = write_encoder(tmp_path), write_vggt(tmp_path / "vggt")
    check_grid_encoder(f"file:{path}")
    check_image_tokens(f"file:{folder}")
    arrays = load_file(path)
    name = next(iter(arrays))
    shape = tuple(arrays[name].shape)
    save_file({**arrays, name: torch.zeros(3)}, path)
    for use in (check_grid_encoder, GridEncoder):
        with pytest.raises(WeightsError) as caught:
            use(f"file:{path}")
        assert str(caught.value).startswith(
            f"'{name}' in the weights of SparseStructureEncoder in {path}: expected shape {shape}, "
            "got shape (3,)."
        )
    (folder / "model.safetensors").write_bytes(b"damaged")
    with pytest.raises(WeightsError, match="expected a complete safetensors file"):
        check_image_tokens(f"file:{folder}")
