"""Writing packages: files are copied once, weights are written in the published types."""

from __future__ import annotations

import json
from pathlib import Path

import torch

from scenewright.models.generators.package_writing import (
    FLOW_ROLE,
    published_weights,
    write_iscene_flow,
    write_iscene_package,
    write_pipeline_package,
)
from scenewright.models.generators.packages import (
    ISCENE,
    PIPELINE,
    Package,
    read_iscene,
    read_pipeline,
)
from scenewright.models.networks.flow import SceneFlow
from scenewright.models.networks.flow_config import published_flow_config
from tests.models.generators.generator_builders import FLOW, Packages


def test_files_are_copied_once(packages: Packages, tmp_path: Path) -> None:
    source = Package.open(
        f"file:{packages.folder / 'trellis'}", backend="sceneflow/trellis", index=PIPELINE
    )
    files = read_pipeline(source)
    times = []
    for _ in range(2):
        write_pipeline_package(
            tmp_path, source.json(PIPELINE), files.networks, flow_stem="mine", flow_args=FLOW,
            geometry="some/vggt",
        )  # fmt: skip
        copied = sorted((tmp_path / "ckpts").glob("*.safetensors"))
        times.append([path.stat().st_mtime_ns for path in copied])
    assert times[0] == times[1] and len(times[0]) == 4
    index = json.loads((tmp_path / PIPELINE).read_text())
    assert index["args"]["models"][FLOW_ROLE] == "ckpts/mine"
    assert index["args"]["vggt_model"] == "some/vggt"
    assert index["args"]["slat_sampler"]["name"] == "FlowEulerGuidanceIntervalSampler"


def test_weights_have_the_published_types_and_the_flow_stays() -> None:
    flow = SceneFlow(published_flow_config(FLOW))
    stored = published_weights(flow)
    assert set(stored) == set(flow.state_dict())
    narrow = {name for name, value in stored.items() if value.dtype == torch.float16}
    assert "blocks.0.mlp.mlp.0.weight" in narrow and "blocks.0.norm2.weight" not in narrow
    assert not {"input_layer.weight", "t_embedder.mlp.0.weight", "pos_emb"} & narrow
    assert all(value.dtype == torch.float32 for value in flow.state_dict().values())


def test_a_conditioner_of_iscene_is_copied(packages: Packages, tmp_path: Path) -> None:
    base = f"file:{packages.folder / 'trellis'}"
    source = Package.open(
        f"file:{packages.folder / 'iscene'}", backend="sceneflow/iscene", index=ISCENE
    )
    given = read_iscene(source, base=base)
    assert given.conditioner is not None
    write_iscene_package(
        tmp_path, flow_args=FLOW, setting="global local", encoder=given.conditioner,
        encoder_weights=None, base="some/base",
    )  # fmt: skip
    write_iscene_flow(tmp_path, SceneFlow(published_flow_config(FLOW)))
    opened = Package.open(f"file:{tmp_path}", backend="sceneflow/iscene", index=ISCENE)
    found = read_iscene(opened, base=base)
    assert found.conditioner is not None
    assert found.conditioner.path.read_bytes() == given.conditioner.path.read_bytes()
    assert opened.json(ISCENE)["base_model_id"] == "some/base"
