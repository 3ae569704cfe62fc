"""The command, its run folder, and that bad input leaves nothing behind."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scenewright.core import WeightsError
from scenewright.io import describe, load_scene, read_id_map, read_splat_ply
from scenewright.io._gltf_tree import parse_glb_tree
from scenewright.io.ply import read_ply_columns
from scenewright.models.generators import memory
from scenewright.pipelines.generate.run import generate_run
from scenewright.pipelines.generate.settings import GenerateSettings
from scenewright.runs.folder import RunFolder
from tests.command_builders import Call, assert_plain_error
from tests.models.generators.generator_builders import Packages, write_trellis

FILES = {
    "scene", "objects.glb", "gaussians.ply", "instances.json", "masks.png", "view.html",
    "compared.png", "above.png", "preview.png", "turntable.gif", "config.json", "report.json",
}  # fmt: skip


def words(packages: Packages, model: str) -> list[str]:
    """The options of a generator on the command line."""
    given = ["--model", model, "--steps", "1", "--texture-size", "64"]
    for name, value in packages.options(model).items():
        option = f"--{name.replace('_', '-')}"
        given += [option] if value is True else [option, str(value)]
    return given


def test_command(picture: Path, packages: Packages, call: Call) -> None:
    out = picture.parent / "run"
    ids = picture.parent / "ids.png"
    done = call(
        "generate", picture, "--masks", ids, "-o", out, *words(packages, "sceneflow/scenegen")
    )
    assert done.code == 0, done.err
    assert "run folder" in done.out and "2 objects from 1 picture" in done.out
    assert {path.name for path in out.iterdir()} == FILES
    assert read_id_map(out / "masks.png").tolist() == np.asarray(Image.open(ids)).tolist()
    for name in ("scene", "objects.glb"):
        assert load_scene(out / name).instances.id.tolist() == [1, 2]
    columns = read_ply_columns(out / "gaussians.ply")
    assert {"scale_2", "rot_3", "f_dc_0", "instance_id"} <= set(columns)
    assert np.exp(np.asarray(columns["scale_2"])).max() > 1e-3
    splats = read_splat_ply(out / "gaussians.ply").surfels
    assert splats.instance_id is not None and set(splats.instance_id.tolist()) == {1, 2}
    report = RunFolder.open(out).report
    assert report.verb == "generate" and report.results["num_objects"] == 2
    assert report.results["frame"] == "first object" and report.results["is_metric"] is False
    assert report.warnings == ("the unit of length is not a meter: no depth was given",)
    assert set(report.stages) == {"pictures", "structure", "latents", "shapes", "assets"}
    assert Image.open(out / "compared.png").size[0] > 3 * 480
    assert getattr(Image.open(out / "turntable.gif"), "n_frames", 1) > 10
    described = call("info", out)
    assert described.code == 0 and "sceneflow/scenegen" in described.out
    assert load_scene(out / "scene").unit == "arbitrary"
    for name in ("scene", "objects.glb", "gaussians.ply", "instances.json", "view.html"):
        assert describe(out / name).unit == "arbitrary"
    tree = parse_glb_tree((out / "objects.glb").read_bytes())
    assert [node["name"] for node in tree["nodes"]] == ["scene", "001_object", "002_object"]
    assert load_scene(out / "objects.glb").surfels is None


def test_same_seed_same_files(picture: Path, packages: Packages) -> None:
    settings = GenerateSettings(
        masks=(str(picture.parent / "ids.png"),), model="sceneflow/trellis", steps=1, seed=5,
        coloring="vertices", **packages.options("sceneflow/trellis"),
    )  # fmt: skip
    for name in ("one", "two"):
        generate_run([picture], picture.parent / name, settings)
    one, two = (picture.parent / name for name in ("one", "two"))
    for name in ("objects.glb", "gaussians.ply", "compared.png"):
        assert (one / name).read_bytes() == (two / name).read_bytes()


def test_bad_input_leaves_nothing_behind(
    picture: Path, packages: Packages, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, ids = picture.parent / "run", picture.parent / "ids.png"
    options = words(packages, "sceneflow/trellis")
    before = {path.name for path in picture.parent.iterdir()}
    assert_plain_error(call("generate", picture, "-o", out, *options), "Masks of room.png")
    pickle = [word for word in words(packages, "sceneflow/scenegen") if word != "--allow-pickles"]
    refused = call("generate", picture, "--masks", ids, "-o", out, *pickle)
    assert_plain_error(refused, "are refused", "--allow-pickles")
    monkeypatch.setattr(memory, "available_gb", lambda device: 0.2)
    small = call("generate", picture, "--masks", ids, "-o", out, *options)
    assert_plain_error(small, "Memory of cpu for 'sceneflow/trellis' with 2 objects", "0.2 GB")
    assert {path.name for path in picture.parent.iterdir()} == before


def test_truncated_weights_leave_nothing_behind(
    picture: Path, packages: Packages, tmp_path: Path
) -> None:
    folder = write_trellis(tmp_path / "broken")
    path = folder / "ckpts" / "slat_dec_mesh_swin8_B_64l8m256c_fp16.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    options = packages.options("sceneflow/trellis") | {"weights": f"file:{folder}"}
    settings = GenerateSettings(
        masks=(str(picture.parent / "ids.png"),), model="sceneflow/trellis", steps=1, **options
    )
    with pytest.raises(WeightsError, match="It is damaged or incomplete; download it again"):
        generate_run([picture], tmp_path / "run", settings)
    assert not (tmp_path / "run").exists()


def test_settings_of_a_run_can_be_repeated(picture: Path, packages: Packages, call: Call) -> None:
    ids = picture.parent / "ids.png"
    first, second = picture.parent / "first", picture.parent / "second"
    options = [*words(packages, "sceneflow/iscene"), "--coloring", "vertices"]
    assert call("generate", picture, "--masks", ids, "-o", first, *options).code == 0
    assert call("generate", picture, "-o", second, "--config", first / "config.json").code == 0
    configs = [json.loads((each / "config.json").read_text()) for each in (first, second)]
    assert configs[0] == configs[1]
    assert (first / "gaussians.ply").read_bytes() == (second / "gaussians.ply").read_bytes()


@pytest.mark.slow
def test_large_picture_and_masks_at_the_border(tmp_path: Path, packages: Packages) -> None:
    """7680 x 4320 pixels, CMYK, with a mask that touches two borders."""
    pixels = np.full((4320, 7680, 3), 90, np.uint8)
    labels = np.zeros((4320, 7680), np.uint8)
    labels[:2000, :3000], labels[3000:, 5000:] = 1, 2
    pixels[labels == 1] = (200, 60, 40)
    Image.fromarray(pixels).convert("CMYK").save(tmp_path / "large.jpg")
    Image.fromarray(labels).save(tmp_path / "ids.png")
    settings = GenerateSettings(
        masks=(str(tmp_path / "ids.png"),), model="sceneflow/iscene", steps=1, coloring="vertices",
        **packages.options("sceneflow/iscene"),
    )  # fmt: skip
    run = generate_run([tmp_path / "large.jpg"], tmp_path / "run", settings)
    assert len(run.instances) == 2
