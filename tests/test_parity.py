"""The parity check: it passes for what the networks compute, and fails for anything else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import save_file  # noqa: E402
from torch import Tensor  # noqa: E402

import parity  # noqa: E402
import parity_common  # noqa: E402
from scenewright.models.networks.ss_vae import SparseStructureDecoder  # noqa: E402

ARGS = {
    "out_channels": 1, "latent_channels": 2, "num_res_blocks": 1, "channels": [4, 2],
    "num_res_blocks_middle": 1,
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one recorded run of a tiny decoder."""
    torch.manual_seed(0)
    network = SparseStructureDecoder(1, 2, 1, channels=[4, 2], num_res_blocks_middle=1)
    inputs = torch.randn(1, 2, 2, 2, 2)
    with torch.no_grad():
        logits = network(inputs)
        middle = network.middle_block(network.input_layer(inputs))
    run = tmp_path / "tiny"
    run.mkdir()
    config = {"cls": "SparseStructureDecoder (tiny)", "args": ARGS}
    (run / "config.json").write_text(json.dumps(config), "utf-8")
    save_file(network.state_dict(), run / "weights.safetensors")
    _record(run, {"in.x": inputs, "out.logits": logits, "mid.middle_block": middle})
    return tmp_path


def _record(run: Path, arrays: dict[str, Tensor]) -> None:
    save_file({k: v.contiguous() for k, v in arrays.items()}, run / "io.safetensors")


def _check(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    code = parity.main(["--fixtures", str(folder)])
    return code, capsys.readouterr().out.splitlines()


def test_what_a_network_computes_is_met(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = _check(folder, capsys)
    assert code == 0
    assert [line.split()[0] for line in lines[:2]] == ["tiny/mid.middle_block", "tiny/out.logits"]
    assert all(line.endswith("ok") for line in lines[:2])
    assert lines[2] == "2 results, 0 over their limit"


def test_errors_count_in_standard_deviations(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arrays = dict(parity_common.read_recording(folder / "tiny").arrays)
    spread = float(arrays["out.logits"].double().std(correction=0))
    arrays["out.logits"] = arrays["out.logits"].clone()
    arrays["out.logits"].view(-1)[0] += 5e-4 * spread
    _record(folder / "tiny", arrays)
    code, lines = _check(folder, capsys)
    assert code == 1 and lines[0].endswith("ok")
    name, error, *rest = lines[1].split()
    assert name == "tiny/out.logits" and rest == ["limit", "3e-05", "OVER"]
    assert float(error) == pytest.approx(5e-4, rel=0.05)
    assert lines[2] == "2 results, 1 over their limit"


def test_missing_results_other_shapes_and_unknown_networks_are_over(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arrays = dict(parity_common.read_recording(folder / "tiny").arrays)
    arrays = {"in.x": arrays["in.x"], "out.logits": arrays["out.logits"][0]}
    _record(folder / "tiny", {**arrays, "sampler.samples": torch.ones(2)})
    code, lines = _check(folder, capsys)
    assert code == 1
    assert lines[0].endswith("OVER  shape (1, 1, 4, 4, 4), recorded (1, 4, 4, 4)")
    assert lines[1].split() == ["tiny/sampler.samples", "inf", "limit", "1e-04", "OVER", "missing"]
    config = {"cls": "Other", "args": {}}
    (folder / "tiny" / "config.json").write_text(json.dumps(config), "utf-8")
    code, lines = _check(folder, capsys)
    assert code == 1 and lines[0].endswith("OVER  no network Other")


def test_a_folder_without_recordings_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _check(tmp_path, capsys) == (1, ["0 results, 0 over their limit"])


def test_results_of_the_published_surface_extraction_are_skipped(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arrays = dict(parity_common.read_recording(folder / "tiny").arrays)
    _record(folder / "tiny", {**arrays, "mesh.0.vertices": torch.ones(4, 3)})
    (folder / "other").mkdir()
    config = {"origin": "FlexiCubes (non-commercial)", "args": {}}
    (folder / "other" / "config.json").write_text(json.dumps(config), "utf-8")
    _record(folder / "other", {"out.vertices": torch.ones(4, 3)})
    code, lines = _check(folder, capsys)
    reason = "surfaces are extracted by our method; the original's code is non-commercial"
    assert code == 0
    assert [line.split()[0] for line in lines if line.endswith(f"skipped: {reason}")] == [
        "other",
        "tiny/mesh.0.vertices",
    ]
    assert lines[-1] == "2 results, 0 over their limit, 2 skipped"
