"""Published packages: read, and refused with a message that names the file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scenewright.core import WeightsError
from scenewright.models.generators.packages import (
    ISCENE,
    PIPELINE,
    STAGES,
    Package,
    read_iscene,
    read_pipeline,
)
from tests.models.generators.generator_builders import Packages
from tests.models.hub_builders import serve

NAME = "sceneflow/trellis"


def opened(folder: Path, index: str = PIPELINE) -> Package:
    return Package.open(f"file:{folder}", backend=NAME, index=index)


def index_only(folder: Path, content: str) -> Package:
    (folder / PIPELINE).write_text(content)
    return opened(folder)


def test_pipeline_of_trellis(packages: Packages) -> None:
    found = read_pipeline(opened(packages.folder / "trellis"))
    assert tuple(found.networks) == STAGES
    assert found.networks["slat_flow_model"].network == "SLatFlowModel"
    assert found.networks["sparse_structure_flow_model"].args["resolution"] == 4
    sampler = found.samplers["structure"]
    assert (sampler.steps, sampler.guidance, sampler.interval, sampler.rescale) == (
        3, 2.0, (0.5, 1.0), 3.0,
    )  # fmt: skip
    assert len(found.mean) == len(found.std) == 8
    assert found.geometry is None and found.conditioner is None


def test_pipeline_of_scenegen_has_a_pickle_and_names_vggt(packages: Packages) -> None:
    found = read_pipeline(opened(packages.folder / "scenegen"))
    assert found.networks["sparse_structure_flow_model"].path.suffix == ".pt"
    assert found.networks["sparse_structure_decoder"].path.suffix == ".safetensors"
    assert found.geometry == "facebook/VGGT-1B"


def test_iscene_extends_the_pipeline_of_trellis(packages: Packages) -> None:
    package = opened(packages.folder / "iscene", ISCENE)
    found = read_iscene(package, base=f"file:{packages.folder / 'trellis'}")
    flow = found.networks["sparse_structure_flow_model"]
    assert flow.network == "SparseStructureSceneContextFlowModel"
    assert flow.args["exp_setting"] == "global local"
    assert found.conditioner is not None and found.conditioner.network == "ImageConditioner"
    # Steps and guidance are those of its release, the rest is that of the pipeline.
    assert [(s.steps, s.guidance, s.interval) for s in found.samplers.values()] == [
        (25, 3.0, (0.5, 1.0))
    ] * 2


def test_package_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(WeightsError) as caught:
        read_pipeline(opened(tmp_path / "none"))
    assert str(caught.value) == (
        f"Weights file:{tmp_path / 'none'} of backend 'sceneflow/trellis': pipeline.json: expected "
        f"the file pipeline.json in {tmp_path / 'none'}, got none. Check the path after --weights; "
        "a package is a folder."
    )


def test_damaged_indices(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"pipeline\.json: expected JSON, got"):
        read_pipeline(index_only(tmp_path, "{"))
    with pytest.raises(WeightsError, match=r"expected a JSON object, got list"):
        read_pipeline(index_only(tmp_path, "[]"))
    with pytest.raises(WeightsError) as caught:
        read_pipeline(index_only(tmp_path, json.dumps({"args": {}})))
    assert str(caught.value).endswith("pipeline.json: expected an entry 'models', got none")


def test_no_path_leaves_the_package(tmp_path: Path) -> None:
    models = dict.fromkeys(STAGES, "../other/ckpt")
    with pytest.raises(WeightsError) as caught:
        read_pipeline(index_only(tmp_path, json.dumps({"args": {"models": models}})))
    assert str(caught.value).endswith(
        "../other/ckpt.json: expected a path inside the package, got ../other/ckpt.json"
    )


def test_network_without_weights(packages: Packages, tmp_path: Path) -> None:
    for name in ("ss_flow_img_dit_L_16l8_fp16.json",):
        (tmp_path / "ckpts").mkdir()
        source = packages.folder / "trellis" / "ckpts" / name
        (tmp_path / "ckpts" / name).write_bytes(source.read_bytes())
    (tmp_path / PIPELINE).write_bytes((packages.folder / "trellis" / PIPELINE).read_bytes())
    with pytest.raises(WeightsError) as caught:
        read_pipeline(opened(tmp_path))
    stem = "ckpts/ss_flow_img_dit_L_16l8_fp16"
    assert str(caught.value).endswith(
        f"{stem}: expected {stem}.safetensors or {stem}.pt or {stem}.pth, got none of them"
    )


def test_single_files_are_no_packages() -> None:
    for reference, got in (
        ("builtin:masks-tiny-rgbd", "weights of the package"),
        ("hub:a/b:model.safetensors", "a single file"),
    ):
        with pytest.raises(WeightsError) as caught:
            Package.open(reference, backend=NAME, index=PIPELINE)
        assert str(caught.value) == (
            f"Weights {reference} of backend 'sceneflow/trellis': expected file:FOLDER or "
            f"hub:ORG/REPO, with pipeline.json in it, got {got}"
        )


def test_cached_repository_without_network(
    packages: Packages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCENEWRIGHT_CACHE", str(tmp_path))
    monkeypatch.setenv("SCENEWRIGHT_OFFLINE", "1")
    package = Package.open("hub:some/repo", backend=NAME, index=PIPELINE)
    with pytest.raises(WeightsError) as caught:
        read_pipeline(package)
    assert str(caught.value) == (
        "Weights hub:some/repo of backend 'sceneflow/trellis': pipeline.json: expected a copy in "
        f"{tmp_path / 'hub'}, got none, and SCENEWRIGHT_OFFLINE=1 forbids the network. With a "
        "network, run: scenewright models download sceneflow/trellis. Without one, download "
        "https://huggingface.co/some/repo elsewhere, copy the folder here, and pass --weights "
        "file:FOLDER (in Python weights='file:FOLDER')."
    )
    repo = tmp_path / "hub" / "models--some--repo"
    (repo / "refs").mkdir(parents=True)
    (repo / "refs" / "main").write_text("abc")
    (repo / "snapshots").mkdir()
    (repo / "snapshots" / "abc").symlink_to(packages.folder / "trellis")
    assert tuple(read_pipeline(package).networks) == STAGES


DOWNLOAD = """
from scenewright.models.generators.packages import PIPELINE, Package, read_pipeline
found = read_pipeline(Package.open("hub:some/repo", backend="sceneflow/trellis", index=PIPELINE))
print(sorted(file.path.name for file in found.networks.values()))
"""


@pytest.mark.slow
def test_only_files_that_are_named_are_downloaded(packages: Packages, tmp_path: Path) -> None:
    pytest.importorskip("huggingface_hub")
    folder = packages.folder / "scenegen"
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    others = {"README.md": b"r", "ckpts/ss_enc_conv3d_16l8_fp16.safetensors": b"e"}
    with serve("some/repo", files | others) as hub:
        names = ("SCENEWRIGHT_OFFLINE", "HF_HUB_OFFLINE")
        variables = {key: value for key, value in os.environ.items() if key not in names}
        variables |= {"HF_ENDPOINT": hub.url, "SCENEWRIGHT_CACHE": str(tmp_path)}
        command = [sys.executable, "-c", DOWNLOAD]
        done = subprocess.run(command, capture_output=True, text=True, env=variables, check=False)
        assert done.returncode == 0, done.stderr
        assert sorted(hub.fetched) == sorted(files)
        assert "ss_scenegen_flow_img_dit_L_16l8_fp16.pt" in done.stdout
