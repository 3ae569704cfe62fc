"""Weight files: strict, whole, and no code in them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from scenewright.core import WeightsError
from scenewright.models import create
from scenewright.models.generators.checkpoints import (
    dino_arguments,
    load_network,
    public_dino_names,
    read_arrays,
)
from scenewright.models.generators.encoders import image_encoder_file
from tests.models.generators.generator_builders import (
    DINO,
    Packages,
    hub_names,
    random_weights,
    scene_picture,
    write_encoder,
    write_trellis,
)

FLOW_FILE = "ckpts/ss_flow_img_dit_L_16l8_fp16.safetensors"


class Payload:
    """An object that would run code when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return open, ("/nowhere/at-all",)


def damaged(packages: Packages, folder: Path) -> tuple[Path, dict[str, str]]:
    """A package of which the test may change the flow, and the options for it."""
    write_trellis(folder / "trellis")
    options = {
        "weights": f"file:{folder / 'trellis'}",
        "encoder_weights": packages.options("sceneflow/trellis")["encoder_weights"],
    }
    return folder / "trellis" / FLOW_FILE, options


def test_truncated_and_wrong_checkpoints(packages: Packages, tmp_path: Path) -> None:
    path, options = damaged(packages, tmp_path)
    arrays = {name: value.clone() for name, value in load_file(path).items()}
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(WeightsError) as caught:
        create("sceneflow/trellis", **options).generate(scene_picture(1))
    text = str(caught.value)
    assert text.startswith(
        f"Weights {path} cannot be read: expected a whole .safetensors file, got"
    )
    assert text.endswith("It is damaged or incomplete; download it again.")
    arrays["blocks.0.norm2.weight"] = torch.ones(7)
    save_file(arrays, path)
    with pytest.raises(WeightsError) as caught:
        create("sceneflow/trellis", **options).generate(scene_picture(1))
    assert str(caught.value) == (
        f"'blocks.0.norm2.weight' in the weights of SceneFlow in {path}: expected shape (32,), got "
        "shape (7,). These weights belong to another network or another configuration of it."
    )


def test_pickles_are_refused_unless_they_are_allowed(packages: Packages) -> None:
    options = packages.options("sceneflow/scenegen") | {"allow_pickles": False}
    with pytest.raises(WeightsError) as caught:
        create("sceneflow/scenegen", **options)
    path = packages.folder / "scenegen/ckpts/ss_scenegen_flow_img_dit_L_16l8_fp16.pt"
    assert str(caught.value) == (
        f"Weights {path} are refused: expected a safetensors file, got a file of PyTorch, a format "
        "that can run code when it is opened. If you trust its source, add --allow-pickles "
        "(allow_pickles=True); then it is read with weights_only."
    )


def test_allowed_pickles_still_run_no_code(tmp_path: Path) -> None:
    path = tmp_path / "bad.pt"
    torch.save({"a": Payload()}, path)
    with pytest.raises(WeightsError) as caught:
        read_arrays(path, allow_pickles=True)
    assert str(caught.value) == (
        f"Weights {path} are refused: expected tensors only, got objects of other types, which can "
        "run code. Do not open this file; get the weights from another source."
    )
    torch.save({"a": torch.ones(1), "step": 3}, path)
    with pytest.raises(WeightsError) as caught:
        read_arrays(path, allow_pickles=True)
    assert str(caught.value) == f"Weights {path}: expected tensors by name, got other objects"


def test_names_of_transformers_become_public_ones() -> None:
    public = random_weights("DinoVisionTransformer", DINO, seed=0)
    found = public_dino_names(hub_names(public))
    assert set(found) == set(public)
    assert all(torch.equal(found[name], public[name]) for name in public)
    lacking = hub_names(public)
    del lacking["encoder.layer.0.attention.attention.key.bias"]
    with pytest.raises(WeightsError) as caught:
        public_dino_names(lacking)
    assert str(caught.value) == (
        "The image encoder: expected a tensor 'encoder.layer.0.attention.attention.key.bias', "
        "got none"
    )


def test_another_image_encoder_is_refused() -> None:
    with pytest.raises(WeightsError) as caught:
        dino_arguments({"model_type": "dinov2"})
    assert str(caught.value) == (
        'The image encoder: expected "model_type": "dinov2_with_registers" in config.json, got '
        "'dinov2'"
    )


@pytest.mark.slow
def test_names_are_those_of_transformers(tmp_path: Path) -> None:
    """The library reads the checkpoint that the tests write, and computes the same tokens."""
    transformers = pytest.importorskip("transformers")
    folder = write_encoder(tmp_path / "encoder")
    model = transformers.Dinov2WithRegistersModel.from_pretrained(folder).eval()
    pixels = torch.randn(1, 3, 28, 28, generator=torch.Generator().manual_seed(0))
    file = image_encoder_file(f"file:{folder}", backend="sceneflow/trellis")
    network, _ = load_network(
        file, dtype=torch.float32, device=torch.device("cpu"), allow_pickles=False
    )
    with torch.no_grad():
        wanted = model(pixels).last_hidden_state
        found = network(pixels)
    torch.testing.assert_close(found.normed, wanted, atol=1e-5, rtol=1e-5)


def test_every_file_has_a_hash(packages: Packages) -> None:
    made = create("sceneflow/scenegen", steps=1, **packages.options("sceneflow/scenegen")).generate(
        scene_picture(1)
    )
    assert "ckpts/ss_scenegen_flow_img_dit_L_16l8_fp16.pt" in made.weights
    for name, digest in made.weights.items():
        content = (packages.folder / "scenegen" / name).read_bytes() if "ckpts" in name else None
        assert len(digest) == 64
        assert content is None or digest == hashlib.sha256(content).hexdigest()
