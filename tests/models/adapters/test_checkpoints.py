"""Checkpoint folders: what they must contain, and the errors when they do not."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from safetensors.torch import load_file, save_file  # noqa: E402

from scenewright.core import ConventionError, MissingExtraError, WeightsError  # noqa: E402
from scenewright.models import create  # noqa: E402
from tests.models.adapters.adapter_builders import color_image, tiny_clip, tiny_sam  # noqa: E402


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint that no test may change."""
    folder = tmp_path_factory.mktemp("checkpoint") / "sam"
    tiny_sam(folder)
    return folder


@pytest.fixture
def folder(pristine: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(pristine, tmp_path / "sam"))


def message(folder: Path, name: str = "masks/sam", **options: Any) -> str:
    """The text of the error that creating a backend raises."""
    with pytest.raises(WeightsError) as caught:
        create(name, weights=f"file:{folder}", **options)
    return str(caught.value)


def test_a_file_stands_for_its_folder(folder: Path) -> None:
    assert create("masks/sam", weights=f"file:{folder}/model.safetensors") is not None
    (folder / "model.safetensors").rename(folder / "sam.safetensors")
    assert message(folder / "sam.safetensors") == (
        f"Weights file:{folder}/sam.safetensors of backend 'masks/sam': expected the folder of a "
        f"checkpoint, or the model.safetensors in one, got {folder}/sam.safetensors. Rename the "
        "file and put its config.json next to it."
    )


def test_settings_of_the_whole_processor_work_too(folder: Path) -> None:
    settings = json.loads((folder / "preprocessor_config.json").read_text())
    (folder / "preprocessor_config.json").unlink()
    assert "expected a file processor_config.json, got none" in message(folder)
    (folder / "processor_config.json").write_text(json.dumps({"image_processor": settings}))
    assert create("masks/sam", weights=f"file:{folder}") is not None
    (folder / "processor_config.json").write_text("{}")
    assert "expected settings of an image_processor, got none" in message(folder)


def test_another_network(folder: Path) -> None:
    assert message(folder, "masks/sam2") == (
        f"Weights file:{folder} do not fit backend 'masks/sam2': expected model_type sam2 or "
        "sam2_video in config.json, got sam"
    )


def test_missing_or_damaged_config(folder: Path) -> None:
    (folder / "config.json").unlink()
    assert message(folder) == (
        f"The checkpoint {folder} is incomplete: expected a file config.json, got none. Copy all "
        "json files of the checkpoint."
    )
    (folder / "config.json").write_text("[1]")
    assert message(folder) == f"Cannot read {folder}/config.json: expected a JSON object, got [1]"
    (folder / "config.json").write_text("{")
    assert f"Cannot read {folder}/config.json: expected JSON, got " in message(folder)


def test_damaged_weights(folder: Path) -> None:
    data = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(data[: len(data) // 2])
    text = message(folder)
    assert text.startswith(
        f"Weights file:{folder} cannot be loaded: expected a checkpoint of SamModel, got "
    )
    assert text.endswith("They are damaged or belong to another network; download them again.")


def test_missing_parts_are_not_filled_with_random_numbers(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    lost = [name for name in tensors if name.startswith("vision_encoder.neck.conv1")]
    kept = {name: value for name, value in tensors.items() if name not in lost}
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
    assert message(folder) == (
        f"Weights file:{folder} are incomplete: expected all parts of SamModel, got {len(lost)} "
        f"missing, such as {', '.join(lost)}"
    )


def test_parts_of_another_shape(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    config["vision_config"]["mlp_dim"] = 48
    (folder / "config.json").write_text(json.dumps(config))
    assert "cannot be loaded: expected a checkpoint of SamModel" in message(folder)


def test_only_pickles(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    assert "got only pytorch_model.bin, which can run code when opened" in message(folder)


def test_an_expected_hash(folder: Path) -> None:
    assert f"expected sha256 {'0' * 64}, got " in message(folder, sha256="0" * 64)


@pytest.mark.parametrize(
    ("settings", "got"),
    [
        ({}, "None and None"),
        ({"image_mean": [0.5], "image_std": [0.5]}, r"\[0.5\] and \[0.5\]"),
        ({"image_mean": [0.5] * 3, "image_std": [0.0] * 3}, "and .0.0, 0.0, 0.0.$"),
        ({"image_mean": [0.5] * 3, "image_std": [0.5] * 3, "resample": 99}, "99 is not a valid"),
    ],
)
def test_wrong_settings(settings: dict[str, Any], got: str, folder: Path) -> None:
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))
    with pytest.raises(WeightsError, match=got):
        create("masks/sam", weights=f"file:{folder}")


def test_device_and_type(pristine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for option, value, text in (
        ("device", "sofa", "device: expected a torch device, such as cpu or cuda, got 'sofa'"),
        ("device", "cuda", "device: expected a device of this machine, got 'cuda', but CUDA is "
         "not available"),
        ("dtype", "int4", "dtype: expected one of float32, bfloat16, float16, got int4"),
    ):  # fmt: skip
        with pytest.raises(ConventionError) as caught:
            create("masks/sam", weights=f"file:{pristine}", **{option: value})
        assert str(caught.value) == text


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(MissingExtraError) as caught:
        create("masks/sam")
    assert str(caught.value) == (
        "The package 'transformers' is not installed. In a checkout of Scenewright, install it "
        'with: pip install ".[models]"'
    )


def test_the_default_weights_are_not_replaced(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SCENEWRIGHT_CACHE", str(tmp_path))
    monkeypatch.setenv("SCENEWRIGHT_OFFLINE", "1")
    with pytest.raises(WeightsError, match=r"run: scenewright models download masks/sam2\."):
        create("masks/sam2")


def test_loading_restores_the_progress_bars_of_transformers(pristine: Path) -> None:
    logging = transformers.utils.logging
    assert logging.is_progress_bar_enabled()
    create("masks/sam", weights=f"file:{pristine}")
    assert logging.is_progress_bar_enabled()


def test_a_checkpoint_without_tokenizer_still_encodes_images(tmp_path: Path) -> None:
    reference = tiny_clip(tmp_path)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).unlink()
    encoder = create("embed/clip", weights=reference)
    assert encoder.encode(color_image()).shape == (1, encoder.dim)
    for got in ("none of them", ""):
        with pytest.raises(WeightsError) as caught:
            encoder.encode_text(["a cup"])
        assert str(caught.value).startswith(
            f"The checkpoint {tmp_path} cannot encode text: expected the files of its tokenizer "
            f"(tokenizer.json or vocab.json), got {got}"
        )
        (tmp_path / "tokenizer.json").write_text("{")
