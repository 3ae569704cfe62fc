"""The run folder: what it holds, and that it appears whole or not at all."""

from __future__ import annotations

import errno
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scenewright.core import CaptureError, ConventionError, FormatError, OutputError
from scenewright.data import open_capture
from scenewright.fusion import frame_id_maps
from scenewright.io import load_scene, read_boxes, read_glb, read_id_map, read_ply_points
from scenewright.pipelines import RunReport, describe_any, read_report, segment_run
from scenewright.pipelines.segment import run as runs


def test_folder_holds_everything(report: RunReport) -> None:
    assert sorted(path.name for path in report.run.iterdir()) == [
        "config.json", "instances.json", "objects.glb", "points.ply", "preview.png",
        "report.json", "scene",
    ]  # fmt: skip


def test_all_files_tell_the_same_scene(report: RunReport) -> None:
    scene = report.segmentation.scene
    ids = scene.instances.id.tolist()
    assert scene.points is not None
    cloud = read_ply_points(report.run / "points.ply")
    assert np.array_equal(cloud.points, scene.points.points)
    assert np.array_equal(cloud.instance_id, scene.points.instance_id)  # type: ignore[arg-type]
    assert cloud.colors is not None
    assert read_boxes(report.run / "instances.json")[0].id.tolist() == ids
    assert sorted(read_glb(report.run / "objects.glb").assets) == ids
    assert load_scene(report.run).instances.id.tolist() == ids
    assert load_scene(report.run / "scene").instances.num_points.tolist() == [
        np.count_nonzero(cloud.instance_id == i) for i in ids
    ]


def test_report_and_config_are_complete(report: RunReport, capture: Path) -> None:
    value = read_report(report.run)
    assert value["num_frames"] == 24 and value["num_dropped"] == 0
    assert value["dropped"] == [] and value["warnings"] == []
    assert value["num_segmented"] == 24 and value["num_without_masks"] == 0
    assert value["peak_memory_mb"] > 0 and value["id_maps"] is None
    assert set(value["events"]) == {"created", "merged", "split", "removed"}
    assert value["events"]["created"] >= value["num_objects"]
    assert value["num_objects"] == len(report.instances) == len(value["objects"])
    assert set(value["objects"][0]) == {
        "id", "label", "score", "size", "num_points", "num_frames",
    }  # fmt: skip
    for stage in ("decode", "masks", "integrate", "lift", "associate", "merge"):
        assert set(value["stages_ms"][stage]) == {"num_frames", "median", "mean", "total"}
    config = json.loads((report.run / "config.json").read_text())
    assert config["capture"] == str(capture.resolve())
    assert config["layout"] == "plain"
    assert config["fusion"]["voxel_size"] == report.segmentation.config.voxel_size
    assert config["masks"] == str(capture / "instance")


def test_instances_and_points_hold_what_other_programs_need(report: RunReport) -> None:
    value = json.loads((report.run / "instances.json").read_text())
    assert value["unit"] == "metre" and len(value["instances"]) == len(report.instances)
    assert {"id", "score", "center", "size", "rotation", "num_points", "num_frames"} <= set(
        value["instances"][0]
    )
    header = (report.run / "points.ply").read_bytes().split(b"end_header")[0].decode()
    assert [line.split(maxsplit=1)[1] for line in header.splitlines() if "property" in line] == [
        "float x", "float y", "float z", "float nx", "float ny", "float nz",
        "uchar red", "uchar green", "uchar blue", "int instance_id",
    ]  # fmt: skip


def test_preview_is_a_picture_with_many_colors(report: RunReport) -> None:
    picture = np.asarray(Image.open(report.run / "preview.png"))
    assert picture.shape[1] > 1000
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 500


def test_info_knows_runs_captures_and_files(report: RunReport, capture: Path) -> None:
    assert describe_any(report.run)["kind"] == "run folder"
    assert describe_any(capture)["layout"].startswith("plain")
    assert describe_any(report.run / "points.ply")["points"]
    with pytest.raises(FormatError, match="expected a capture, a run or a scene folder"):
        describe_any(report.run / "scene" / "assets")


def test_existing_run_is_replaced_only_on_request(capture: Path, tmp_path: Path) -> None:
    masks = capture / "instance"
    first = segment_run(capture, tmp_path / "run", masks=masks, stride=4)
    with pytest.raises(OutputError, match="exist"):
        segment_run(capture, tmp_path / "run", masks=masks, stride=4)
    again = segment_run(capture, tmp_path / "run", masks=masks, stride=6, overwrite=True)
    assert read_report(first.run)["num_frames"] == again.segmentation.num_frames == 4
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_folders_of_others_are_never_replaced(capture: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    with pytest.raises(OutputError, match="Will not replace"):
        segment_run(capture, tmp_path / "thesis", overwrite=True)
    assert (tmp_path / "thesis" / "chapter.txt").read_text() == "years of work"


def test_the_place_is_tried_before_the_work(capture: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="Cannot write"):
        segment_run(capture, tmp_path / "file" / "run")
    with pytest.raises(OutputError, match="expected a folder"):
        segment_run(capture, tmp_path / "file")


def test_full_disk_leaves_no_run(
    capture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(runs, "write_boxes", fail)
    with pytest.raises(OutputError) as caught:
        segment_run(capture, tmp_path / "run", masks=capture / "instance", stride=4)
    assert "disk" in str(caught.value) or "space" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_run_leaves_the_older_one_alone(
    capture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment_run(capture, tmp_path / "run", masks=capture / "instance", stride=4)
    before = (tmp_path / "run" / "report.json").read_bytes()

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(runs, "draw_preview", interrupt)
    with pytest.raises(KeyboardInterrupt):
        segment_run(capture, tmp_path / "run", masks=capture / "instance", stride=4, overwrite=True)
    assert (tmp_path / "run" / "report.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_errors_of_the_check_stop_the_run_unless_skipped(capture: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(capture, broken)
    for name in ("000002", "000003"):
        (broken / "depth" / f"{name}.png").write_bytes(b"")
    with pytest.raises(CaptureError) as caught:
        segment_run(broken, tmp_path / "run")
    assert caught.value.do is not None and "--skip-check" in caught.value.do
    assert not (tmp_path / "run").exists()


def test_depth_beyond_reach_is_told(capture: Path, tmp_path: Path) -> None:
    masks = capture / "instance"
    report = segment_run(capture, tmp_path / "run", masks=masks, stride=4, max_depth=2.5)
    (warning,) = report.warnings
    assert warning.startswith("[max-depth] Depth readings beyond 2.5 m are not used: expected at")
    assert warning.endswith("%. Add --max-depth 5 (max_depth=5) to use more of them.")
    assert read_report(report.run)["warnings"] == [warning]


def test_threads_are_checked(capture: Path, tmp_path: Path) -> None:
    with pytest.raises(ConventionError, match="Number of threads"):
        segment_run(capture, tmp_path / "run", threads=0)


def test_a_run_writes_them_on_request(capture: Path, tmp_path: Path) -> None:
    steps: list[tuple[str, int, int, str]] = []
    report = segment_run(
        capture, tmp_path / "run", masks=capture / "instance", stride=4, id_maps=True,
        progress=lambda *step: steps.append(step),
    )  # fmt: skip
    written = sorted(path.name for path in (tmp_path / "run" / "id_maps").iterdir())
    assert written == [f"{i:06d}.png" for i in range(0, 24, 4)]
    found = {name[:-4]: read_id_map(tmp_path / "run" / "id_maps" / name) for name in written}
    again = dict(frame_id_maps(load_scene(report.run), open_capture(capture, stride=4)))
    assert all(np.array_equal(found[name], again[name]) for name in found)
    assert set(np.unique(list(found.values()))) <= {0, *report.instances.id.tolist()}
    assert steps[-7:] == [("id maps", i, 6, "frames") for i in range(7)]
    value = json.loads((tmp_path / "run" / "report.json").read_text())
    assert (value["id_maps"]["num_frames"], value["id_maps"]["num_without_pose"]) == (6, 0)
    assert json.loads((tmp_path / "run" / "config.json").read_text())["id_maps"] is True


def test_ids_that_fit_no_picture_cost_the_id_maps_and_not_the_run(
    capture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "LARGEST_ID", 3)
    masks = capture / "instance"
    report = segment_run(capture, tmp_path / "run", masks=masks, stride=6, id_maps=True)
    assert any("Id maps are not written: expected ids up to 3" in w for w in report.warnings)
    assert not (tmp_path / "run" / "id_maps").exists()
    assert report.id_maps is None
