"""The run folder: what it holds, and that it appears whole or not at all."""

from __future__ import annotations

import errno
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scenewright.core import CaptureError, ConventionError, FormatError, OutputError
from scenewright.data import open_capture
from scenewright.fusion import frame_id_maps
from scenewright.io import load_scene, read_boxes, read_glb, read_id_map, read_ply_points
from scenewright.pipelines.info.run import info_run
from scenewright.pipelines.segment import run as run_module
from scenewright.pipelines.segment.run import SegmentRun, segment_run
from scenewright.pipelines.segment.settings import SegmentSettings
from scenewright.runs.folder import RunFolder
from scenewright.runs.settings_files import read_settings
from tests.builders import known


def settings_of(capture: Path, **options: object) -> SegmentSettings:
    """Settings that take the true masks of a capture."""
    return SegmentSettings(masks=str(capture / "instance"), **options)  # type: ignore[arg-type]


def test_folder_holds_everything(segmented: SegmentRun) -> None:
    assert sorted(path.name for path in segmented.folder.path.iterdir()) == [
        "config.json", "instances.json", "objects.glb", "objects.jpg", "points.ply", "preview.png",
        "report.json", "scene", "view.html",
    ]  # fmt: skip


def test_the_views_are_those_of_the_used_frames(segmented: SegmentRun, capture: Path) -> None:
    views = segmented.result.views
    assert views.name == tuple(str(k) for k in range(24))
    source = open_capture(capture)
    assert np.allclose(views.world_from_cam[5], known(source[5].world_from_cam))
    assert np.array_equal(views.size[0], [source.camera.width, source.camera.height])


def test_the_surface_of_no_object_is_in_the_scene_and_in_the_meshes(segmented: SegmentRun) -> None:
    folder = segmented.folder.path
    scene = load_scene(folder)
    assert known(scene.rest).num_faces == known(load_scene(folder / "objects.glb").rest).num_faces
    whole = sum(asset.num_faces for asset in scene.assets.values())
    assert 0 < known(scene.rest).num_faces < whole


def test_all_files_hold_the_same_scene(segmented: SegmentRun) -> None:
    scene, folder = segmented.result.scene, segmented.folder.path
    ids = scene.instances.id.tolist()
    assert scene.points is not None
    cloud = read_ply_points(folder / "points.ply")
    assert np.array_equal(cloud.points, scene.points.points)
    assert np.array_equal(cloud.instance_id, scene.points.instance_id)  # type: ignore[arg-type]
    assert cloud.colors is not None
    assert read_boxes(folder / "instances.json")[0].id.tolist() == ids
    assert sorted(read_glb(folder / "objects.glb").assets) == sorted(ids)
    assert segmented.folder.scene().instances.id.tolist() == ids
    assert [row.num_points for row in load_scene(folder / "scene").instances] == [
        np.count_nonzero(cloud.instance_id == i) for i in ids
    ]


def test_report_and_config_are_complete(segmented: SegmentRun, capture: Path) -> None:
    report = RunFolder.open(segmented.folder.path).report
    assert report.as_dict() == segmented.report.as_dict()
    assert report.verb == "segment" and report.finished
    assert report.inputs == {"capture": str(capture.resolve()), "layout": "plain"}
    assert report.warnings == ()
    assert report.peak_memory_mb is not None and report.peak_memory_mb > 0
    assert list(report.stages) == [
        "check", "decode", "masks", "integrate", "lift", "associate", "merge", "result", "files",
        "pictures",
    ]  # fmt: skip
    assert [cost.count for cost in report.stages.values()] == [1] + [24] * 6 + [1] * 3
    # Frames are decoded in parallel with the other stages.
    seconds = {name: cost.seconds for name, cost in report.stages.items() if name != "decode"}
    assert min(seconds[name] for name in ("check", "files", "pictures")) > 0
    assert report.seconds > sum(seconds.values())
    assert report.seconds > segmented.result.seconds + seconds["check"] + seconds["pictures"]
    config = json.loads((segmented.folder.path / "config.json").read_text())
    assert config.pop("verb") == "segment" and config == report.settings
    assert config["preset"]["voxel_size"] == segmented.result.config.voxel_size
    assert config["masks"] == str(capture / "instance")


def test_results_of_the_report(segmented: SegmentRun) -> None:
    results = segmented.report.results
    assert results["num_frames"] == 24 and results["num_dropped"] == 0
    assert results["dropped"] == [] and results["id_maps"] is None
    assert results["num_segmented"] == 24 and results["num_without_masks"] == 0
    assert set(results["events"]) == {"created", "merged", "split", "removed"}
    assert results["events"]["created"] >= results["num_objects"]
    table = segmented.instances
    assert results["num_objects"] == (~table.is_stuff).sum() > 10
    assert results["num_stuff"] == table.is_stuff.sum() > 0
    assert results["num_objects"] + results["num_stuff"] == len(table) == len(results["objects"])
    assert [row["role"] for row in results["objects"]] == table.role.tolist()
    assert results["num_fragments"] == len(segmented.result.scene.fragments)
    assert set(results["objects"][0]) == {
        "id", "label", "role", "score", "size", "num_points", "num_frames",
    }  # fmt: skip


def test_config_repeats_the_run(segmented: SegmentRun, capture: Path) -> None:
    folder = segmented.folder.path
    settings = read_settings(SegmentSettings, folder / "config.json", verb="segment")
    # The maximum depth is chosen again, from the same readings.
    config = segmented.result.config
    assert settings.fusion() == replace(config, max_depth=None)
    results = segmented.report.results
    assert config.max_depth == results["max_depth"] == results["depth_range"]["max_depth"]
    assert results["depth_range"]["cause"] == "all" and results["depth_range"]["reason"]
    inputs = {"capture": str(capture.resolve())}
    assert RunFolder.open(folder).matches("segment", inputs=inputs, settings=settings)
    other = replace(settings, stride=2)
    assert not RunFolder.open(folder).matches("segment", inputs=inputs, settings=other)


def test_instances_and_points_hold_what_other_programs_need(segmented: SegmentRun) -> None:
    value = json.loads((segmented.folder.path / "instances.json").read_text())
    assert value["unit"] == "meter" and len(value["instances"]) == len(segmented.instances)
    assert {"id", "score", "center", "size", "rotation", "num_points", "num_frames"} <= set(
        value["instances"][0]
    )
    header = (segmented.folder.path / "points.ply").read_bytes().split(b"end_header")[0].decode()
    assert [line.split(maxsplit=1)[1] for line in header.splitlines() if "property" in line] == [
        "float x", "float y", "float z", "float nx", "float ny", "float nz",
        "uchar red", "uchar green", "uchar blue", "int instance_id",
    ]  # fmt: skip


def test_preview_is_a_picture_with_many_colors(segmented: SegmentRun) -> None:
    picture = np.asarray(Image.open(segmented.folder.path / "preview.png"))
    assert picture.shape[1] > 1000
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 500


def test_info_describes_runs_captures_and_files(segmented: SegmentRun, capture: Path) -> None:
    folder = segmented.folder.path
    facts = info_run(folder)
    assert (facts["kind"], facts["verb"]) == ("run folder", "segment")
    assert facts["frames"] == "24, of which 0 dropped"
    assert facts["objects"] == str((~segmented.instances.is_stuff).sum())
    assert facts["parts of the room"] == str(segmented.instances.is_stuff.sum())
    assert facts["fragments"] == str(len(segmented.result.scene.fragments))
    assert info_run(capture)["layout"].startswith("plain")
    assert info_run(folder / "points.ply")["points"]
    with pytest.raises(FormatError, match="expected a capture, a run or a scene folder"):
        info_run(folder / "scene" / "assets")


def test_existing_run_is_replaced_only_on_request(capture: Path, tmp_path: Path) -> None:
    segment_run(capture, tmp_path / "run", settings_of(capture, stride=4))
    with pytest.raises(OutputError, match="expected a folder that does not exist yet"):
        segment_run(capture, tmp_path / "run", settings_of(capture, stride=4))
    again = segment_run(capture, tmp_path / "run", settings_of(capture, stride=6), overwrite=True)
    found = RunFolder.open(tmp_path / "run").report.results["num_frames"]
    assert found == again.result.num_frames == 4
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_folders_of_others_are_never_replaced(capture: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    with pytest.raises(OutputError, match="Will not replace"):
        segment_run(capture, tmp_path / "thesis", overwrite=True)
    assert (tmp_path / "thesis" / "chapter.txt").read_text() == "years of work"


def test_the_output_is_checked_before_the_work(capture: Path, tmp_path: Path) -> None:
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

    monkeypatch.setattr(run_module, "write_boxes", fail)
    with pytest.raises(OutputError) as caught:
        segment_run(capture, tmp_path / "run", settings_of(capture, stride=4))
    assert "disk" in str(caught.value) or "space" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_run_leaves_the_older_one_alone(
    capture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment_run(capture, tmp_path / "run", settings_of(capture, stride=4))
    before = (tmp_path / "run" / "report.json").read_bytes()

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run_module, "draw_preview", interrupt)
    with pytest.raises(KeyboardInterrupt):
        segment_run(capture, tmp_path / "run", settings_of(capture, stride=4), overwrite=True)
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


def test_depth_beyond_the_limit_is_a_warning(capture: Path, tmp_path: Path) -> None:
    run = segment_run(capture, tmp_path / "run", settings_of(capture, stride=4, max_depth=2.5))
    (warning,) = run.report.warnings
    assert warning.startswith("[max-depth] Depth readings beyond 2.5 m are not used: expected at")
    assert warning.endswith("%. Add --max-depth 5 (max_depth=5) to use more of them.")
    assert RunFolder.open(tmp_path / "run").report.warnings == (warning,)


def test_number_of_threads_is_checked(capture: Path, tmp_path: Path) -> None:
    with pytest.raises(ConventionError, match="Number of threads: expected 1 to"):
        segment_run(capture, tmp_path / "run", SegmentSettings(threads=0))
    assert list(tmp_path.iterdir()) == []


def test_id_maps_are_written_on_request(capture: Path, tmp_path: Path) -> None:
    steps: list[tuple[str, int, int, str]] = []
    run = segment_run(
        capture,
        tmp_path / "run",
        settings_of(capture, stride=4, id_maps=True),
        progress=lambda *step: steps.append(step),
    )
    written = sorted(path.name for path in (tmp_path / "run" / "id_maps").iterdir())
    assert written == [f"{i:06d}.png" for i in range(0, 24, 4)]
    found = {name[:-4]: read_id_map(tmp_path / "run" / "id_maps" / name) for name in written}
    again = dict(frame_id_maps(run.folder.scene(), open_capture(capture, stride=4)))
    assert all(np.array_equal(found[name], again[name]) for name in found)
    assert set(np.unique(list(found.values()))) <= {0, *run.instances.id.tolist()}
    assert steps[-7:] == [("id maps", i, 6, "frames") for i in range(7)]
    id_maps = run.report.results["id_maps"]
    assert (id_maps["num_frames"], id_maps["num_without_pose"]) == (6, 0)
    assert run.report.settings["id_maps"] is True


def test_ids_beyond_16_bits_cost_the_id_maps_and_not_the_run(
    capture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "LARGEST_ID", 3)
    run = segment_run(capture, tmp_path / "run", settings_of(capture, stride=6, id_maps=True))
    (warning,) = [line for line in run.report.warnings if "id-maps" in line]
    assert "Id maps were not written: expected ids up to 3" in warning
    assert not (tmp_path / "run" / "id_maps").exists()
    assert run.report.results["id_maps"] is None


def test_a_capture_without_color(small_capture: Path, tmp_path: Path) -> None:
    folder = tmp_path / "room"
    shutil.copytree(small_capture, folder, ignore=shutil.ignore_patterns("color"))
    run = segment_run(folder, tmp_path / "run")
    assert run.report.warnings == () and len(run.instances) > 3
    assert not (run.folder.path / "objects.jpg").exists()
    assert (run.folder.path / "preview.png").is_file()
    points = run.result.scene.points
    assert points is not None and points.colors is not None
    assert (np.abs(points.colors.astype(int) - 128) <= 2).all()
