"""Beginning from published packages, and writing new ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import load_file  # noqa: E402

from scenewright.core import WeightsError  # noqa: E402
from scenewright.models.generators.packages import (  # noqa: E402
    ISCENE,
    PIPELINE,
    Package,
    read_iscene,
    read_pipeline,
)
from scenewright.training.tasks.sceneflow.starting import read_start  # noqa: E402
from tests.training.tasks.sceneflow.sceneflow_builders import packages, places  # noqa: E402


def test_new_parts_of_trellis_are_silent() -> None:
    """With the weights of TRELLIS, both flows begin as TRELLIS."""
    trellis = load_file(packages().folder / "trellis/ckpts/ss_flow_img_dit_L_16l8_fp16.safetensors")
    for recipe in ("scenegen", "iscene"):
        start = read_start(recipe, places("trellis"))
        assert start.is_new and start.sigma_min == 1e-5
        state = start.flow().state_dict()
        assert all(torch.equal(value, state[name]) for name, value in trellis.items())
        for name in set(state) - set(trellis):
            if "adaLN_modulation_global" in name or "global_cross_attn.to_out" in name:
                assert not state[name].any()
    assert "position_token" in read_start("scenegen", places("trellis")).flow().state_dict()


def test_packages_of_the_recipes_begin_with_all_their_weights() -> None:
    for recipe in ("scenegen", "iscene"):
        start = read_start(recipe, places(recipe))
        assert not start.is_new and start.flow().training


@pytest.mark.parametrize("package", ["scenegen", "trellis"])
def test_a_package_like_that_of_scenegen(package: str, tmp_path: Path) -> None:
    start = read_start("scenegen", places(package))
    start.write_package(tmp_path)
    flow = start.flow()
    path = start.write_flow(tmp_path, flow)
    assert path.name == "ss_scenegen_flow_img_dit_L_16l8_fp16.safetensors"
    opened = Package.open(f"file:{tmp_path}", backend="sceneflow/scenegen", index=PIPELINE)
    found = read_pipeline(opened)
    assert found.geometry == "facebook/VGGT-1B"
    assert (found.samplers, found.mean) == (start.files.samplers, start.files.mean)
    for role, file in found.networks.items():
        if role != "sparse_structure_flow_model":
            given = start.files.networks[role]
            assert file.path.read_bytes() == given.path.read_bytes() and file.args == given.args
    stored = load_file(path)
    assert stored["blocks.0.self_attn.to_qkv.weight"].dtype == torch.float16
    assert stored["input_layer.weight"].dtype == torch.float32
    again = read_start("scenegen", replace(places(package), package=f"file:{tmp_path}"))
    assert not again.is_new
    for name, value in again.flow().state_dict().items():
        torch.testing.assert_close(value, flow.state_dict()[name], atol=2e-3, rtol=2e-3)


@pytest.mark.parametrize("package", ["iscene", "trellis"])
def test_a_package_like_that_of_iscene(package: str, tmp_path: Path) -> None:
    start = read_start("iscene", places(package))
    start.write_package(tmp_path)
    start.write_flow(tmp_path, start.flow())
    opened = Package.open(f"file:{tmp_path}", backend="sceneflow/iscene", index=ISCENE)
    found = read_iscene(opened, base=places("iscene").base)
    flow = found.networks["sparse_structure_flow_model"]
    assert flow.args["exp_setting"] == "global local"
    assert found.conditioner is not None
    weights = load_file(found.conditioner.path)
    assert all(name.startswith("base_img_conditioner.") for name in weights)
    assert opened.json(ISCENE)["base_model_id"] == "microsoft/TRELLIS-image-large"


def test_pickles_are_refused_unless_allowed() -> None:
    start = read_start("scenegen", replace(places("scenegen"), allow_pickles=False))
    with pytest.raises(WeightsError, match="a format that can run code"):
        start.flow()


def test_flows_of_another_model_are_refused() -> None:
    with pytest.raises(WeightsError) as caught:
        read_start("iscene", places("scenegen"))
    assert str(caught.value).endswith("expected a flow of iscene or of trellis, got one of another "
                                      "model")  # fmt: skip
