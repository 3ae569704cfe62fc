"""``scenewright data convert``: resuming, other settings, what cannot be converted."""

from __future__ import annotations

from pathlib import Path

import pytest

import scenewright as sw
from scenewright.core import ConventionError, FormatError, OutputError, WeightsError
from scenewright.data.generation import GenerationDataset
from scenewright.pipelines.convert_data.run import convert_data_run
from scenewright.pipelines.convert_data.settings import ConvertDataSettings
from scenewright.runs.folder import RunFolder
from tests.command_builders import Call, assert_plain_error
from tests.worlds.generation.future_builders import STOOL, write_future


def contents(folder: Path) -> dict[str, bytes]:
    """Every file but the report, which tells times."""
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p != folder / "report.json"
    }


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_future(tmp_path_factory.mktemp("3d-future"), splits=("train", "test"))


def test_the_command(call: Call, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    outcome = call("data", "convert", source, "-o", out)
    assert outcome.code == 0
    assert "2 made, 0 kept, 0 failed of 2 scenes; 3 objects in those made" in outcome.out
    assert "annotated images without a file: 1" in outcome.out
    assert "  0000002: 2 without a pose, 1 without a mesh, 1 without pixels" in outcome.out
    assert "ss_latents: 0 of 2 objects; the others need a network" in outcome.out
    assert [len(scene.objects) for scene in GenerationDataset(out)] == [2, 1]
    assert "last call" in call("info", out).out
    again = call("data", "convert", source, "-o", out)
    assert "0 made, 2 kept, 0 failed of 2 scenes" in again.out


def test_weights_of_encoders_are_checked_first(source: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    settings = ConvertDataSettings(vggt_weights=f"file:{tmp_path / 'none'}")
    with pytest.raises(WeightsError, match="are missing"):
        convert_data_run(source, tmp_path / "out", settings)
    assert not (tmp_path / "out").exists()


def test_interrupted_and_resumed_gives_the_same_bytes(source: Path, tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    convert_data_run(source, whole)

    def stop(stage: str, done: int, total: int, unit: str) -> None:
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert_data_run(source, parts, progress=stop)
    steps: list[tuple[str, int, int, str]] = []
    result = convert_data_run(source, parts, progress=lambda *step: steps.append(step))
    assert (result.num_made, result.num_kept) == (1, 1)
    assert steps[-1] == ("scenes", 2, 2, "scenes")
    assert contents(parts) == contents(whole)


@pytest.mark.slow
def test_workers_change_no_byte(source: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    convert_data_run(source, one)
    assert convert_data_run(source, two, num_workers=2).num_made == 2
    assert contents(one) == contents(two)


def test_both_splits_may_be_in_one_folder(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    convert_data_run(source, out)
    convert_data_run(source, out, ConvertDataSettings(split="test"))
    assert len(GenerationDataset(out)) == len(GenerationDataset(out, split="test")) == 2
    assert (out / "scene_test/0000001.glb").is_file()
    assert (out / "scene_test_render/render_cfg.json").is_file()


def test_latents_and_features_are_added_later(source: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from tests.models.networks.encoder_builders import write_encoder, write_vggt

    out = tmp_path / "out"
    convert_data_run(source, out)
    grids, vggt = write_encoder(tmp_path), write_vggt(tmp_path / "vggt")
    settings = ConvertDataSettings(structure_weights=f"file:{grids}", vggt_weights=f"file:{vggt}")
    steps: list[tuple[str, int, int, str]] = []
    result = convert_data_run(source, out, settings, progress=lambda *step: steps.append(step))
    assert (result.num_kept, result.remarks) == (2, ())
    assert steps[-2:] == [("features", 1, 2, "scenes"), ("features", 2, 2, "scenes")]
    scene = GenerationDataset(out, latents="ss_enc_tiny", with_features=True)[0]
    assert scene.objects[0].latent is not None
    assert scene.objects[0].latent.shape == (2, 16, 16, 16)
    assert scene.features is not None and scene.features.shape == (1, 9, 64)


def test_other_settings_need_another_folder(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    sw.convert_data_run(source, out)
    other = sw.ConvertDataSettings(mesh_origin=True)
    with pytest.raises(OutputError, match="was made with other settings: expected mesh_origin = "):
        convert_data_run(source, out, other)
    before = GenerationDataset(out)[0].objects[0].translation
    result = convert_data_run(source, out, other, overwrite=True)
    assert (result.num_made, result.num_kept) == (2, 0)
    assert not (GenerationDataset(out)[0].objects[0].translation == before).all()


def test_scenes_that_fail_do_not_stop_the_others(call: Call, tmp_path: Path) -> None:
    source = write_future(tmp_path / "3d-future")
    image = source / "3D-FUTURE-scene/train/image/0000001.jpg"
    image.write_bytes(image.read_bytes()[:200])
    out = tmp_path / "out"
    outcome = call("data", "convert", source, "-o", out)
    assert outcome.code == 1
    assert "1 made, 0 kept, 1 failed of 2 scenes" in outcome.out
    assert f"  0000001: {image} cannot be decoded" in outcome.out
    assert "1 of 2 failed" in outcome.err
    report = RunFolder.open(out).report
    assert report.results["num_failed"] == 1 and "0000001" in report.results["failed"]
    assert GenerationDataset(out).scene_ids == ("0000002",)


def test_bad_input(call: Call, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert_plain_error(
        call("data", "convert", tmp_path, "-o", out), "a 3D-FUTURE folder with", "no folder"
    )
    assert_plain_error(
        call("data", "convert", source, "-o", out, "--split", "val"), "one of train, test"
    )
    with pytest.raises(ConventionError, match="num_workers: expected 1 to 256, got 0"):
        convert_data_run(source, out, num_workers=0)
    with pytest.raises(FormatError, match="annotations"):
        broken = write_future(tmp_path / "broken")
        (broken / "3D-FUTURE-scene/GT/train_set.json").write_text("{}")
        convert_data_run(broken, out)
    assert not out.exists()
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "notes.txt").write_text("mine")
    with pytest.raises(OutputError):
        convert_data_run(source, mine, overwrite=True)
    assert [path.name for path in mine.iterdir()] == ["notes.txt"]


def test_a_damaged_mesh_fails_its_scenes(tmp_path: Path) -> None:
    source = write_future(tmp_path / "3d-future")
    (source / "3D-FUTURE-model" / STOOL / "raw_model.obj").write_text("nothing")
    result = convert_data_run(source, tmp_path / "out")
    assert set(result.failed) == {"0000001", "0000002"} and result.num_made == 0
    assert "raw_model.obj: mesh" in result.failed["0000001"]
    assert not (tmp_path / "out" / "metadata_scene.csv").exists()
