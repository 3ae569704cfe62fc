"""Image encoders and geometry networks, found by their references."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenewright.core import WeightsError
from scenewright.models.cards import CARDS
from scenewright.models.generators.encoders import (
    DINO_WEIGHTS,
    VGGT_WEIGHTS,
    geometry_file,
    image_encoder_file,
)
from scenewright.models.generators.packages import ISCENE, Package, read_iscene
from tests.models.generators.generator_builders import Packages

NAME = "sceneflow/scenegen"


def test_folders_with_their_configuration(packages: Packages) -> None:
    found = image_encoder_file(f"file:{packages.folder / 'encoder'}", backend=NAME)
    assert found.network == "DinoVisionTransformer"
    assert (found.args["embed_dim"], found.args["img_size"]) == (32, 28)
    geometry = geometry_file(f"file:{packages.folder / 'vggt'}", named=None, backend=NAME)
    assert geometry.network == "VGGT" and geometry.args["depth"] == 1


def test_files_of_the_large_network(packages: Packages, tmp_path: Path) -> None:
    """Without a configuration it is ViT-L/14 with registers, in either format."""
    for name in ("dinov2_vitl14_reg4_pretrain.pth", "dinov2.safetensors"):
        path = tmp_path / name
        path.write_bytes((packages.folder / "encoder" / "model.safetensors").read_bytes())
        found = image_encoder_file(f"file:{path}", backend=NAME)
        assert found.path == path and dict(found.args) == {}


def test_the_cards_name_the_same_repositories() -> None:
    assert CARDS[NAME].further_weights == (DINO_WEIGHTS, VGGT_WEIGHTS)


def test_missing_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCENEWRIGHT_CACHE", str(tmp_path))
    monkeypatch.setenv("SCENEWRIGHT_OFFLINE", "1")
    with pytest.raises(WeightsError) as caught:
        image_encoder_file(None, backend=NAME)
    assert str(caught.value).startswith(
        f"Weights {DINO_WEIGHTS} of backend '{NAME}' are not on this machine: expected a copy in "
    )
    assert str(caught.value).endswith(
        "run: scenewright models download hub:facebook/dinov2-with-registers-large. Without one, "
        "download https://huggingface.co/facebook/dinov2-with-registers-large elsewhere, copy the "
        "folder here, and pass --encoder-weights file:PATH (in Python encoder_weights='file:PATH')."
    )
    with pytest.raises(WeightsError, match="hub:facebook/VGGT-1B of backend") as caught:
        geometry_file(None, named="facebook/VGGT-1B", backend=NAME)
    assert "and pass --geometry-weights file:PATH (in Python geometry_weights=" in str(caught.value)


def test_the_package_below_is_given_by_another_option(
    packages: Packages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCENEWRIGHT_CACHE", str(tmp_path))
    monkeypatch.setenv("SCENEWRIGHT_OFFLINE", "1")
    package = Package.open(
        f"file:{packages.folder / 'iscene'}", backend="sceneflow/iscene", index=ISCENE
    )
    with pytest.raises(WeightsError) as caught:
        read_iscene(package, base=None)
    assert str(caught.value).endswith(
        "and pass --base-weights file:FOLDER (in Python base_weights='file:FOLDER')."
    )
    with pytest.raises(WeightsError) as caught:
        read_iscene(package, base="file:nothing")
    assert str(caught.value).endswith("Check the path after --base-weights; a package is a folder.")
