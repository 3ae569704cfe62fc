"""Batches of several verbs: skipping, refusing, crashes, resuming, the report."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scenewright.core import ConventionError, MissingExtraError, OutputError, UnknownNameError
from scenewright.pipelines.batch._plan import Job
from scenewright.pipelines.batch.run import batch_run
from scenewright.pipelines.batch.settings import BatchSettings
from scenewright.pipelines.decompose.settings import DecomposeSettings
from scenewright.pipelines.fit_splats.run import FitRun
from scenewright.pipelines.render.settings import RenderSettings
from scenewright.pipelines.segment.run import segment_run
from scenewright.pipelines.segment.settings import SegmentSettings
from scenewright.runs.folder import RunFolder
from scenewright.runs.settings_files import read_settings_values, settings_to_dict
from tests.pipelines.batch.batch_builders import QUICK, TWO, Killer, contents, run_batch
from tests.pipelines.splat_run_builders import TINY

STRIDE_6 = replace(QUICK, stride=6)


# Without Ray.


@pytest.mark.parametrize(
    ("settings", "batch", "told"),
    [
        ({}, {"num_workers": 0}, "Number of workers: expected 1 or more, got 0"),
        ({}, {"retries": -1}, "Number of retries: expected 0 or more, got -1"),
        ({"threads": 0}, {}, "Number of threads: expected 1 or more, got 0"),
    ],
)
def test_counts_out_of_range(
    settings: dict[str, Any], batch: dict[str, Any], told: str, tmp_path: Path
) -> None:
    with pytest.raises(ConventionError, match=told):
        batch_run(
            "segment", [tmp_path / "a"], tmp_path / "out", SegmentSettings(**settings),
            batch=BatchSettings(**batch),
        )  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_verb_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="The verb 'dance' cannot be run as a batch"):
        batch_run("dance", [tmp_path], tmp_path / "out")
    with pytest.raises(ConventionError, match="Inputs of the batch: expected at least one, got"):
        batch_run("render", [], tmp_path / "out")
    with pytest.raises(ConventionError) as caught:
        batch_run("render", [tmp_path], tmp_path / "out", SegmentSettings())
    assert str(caught.value) == (
        "Settings of a batch of 'render': expected a RenderSettings, got a SegmentSettings"
    )


def test_without_ray_the_install_command_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError) as caught:
        batch_run("segment", [tmp_path / "room"], tmp_path / "out")
    assert str(caught.value) == (
        "The package 'ray' is not installed. In a checkout of Scenewright, install it with: "
        'pip install ".[batch]"'
    )
    assert list(tmp_path.iterdir()) == []


def test_a_batch_with_nothing_to_do_needs_no_ray(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    shutil.copytree(job.run, tmp_path / "room")
    report = batch_run("segment", [job.source], tmp_path, job.settings)
    (row,) = report.rows
    assert (row.name, row.state, row.tries, row.num_frames) == ("room", "skipped", 0, 24)
    assert report.summary().startswith("1 input: 0 done, 1 skipped, 0 failed; ")
    assert "workers" not in report.summary()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "batch.md", "config.json", "report.json", "room",
    ]  # fmt: skip
    folder = RunFolder.open(tmp_path)
    assert folder.report.verb == "batch" and folder.report.inputs == {"runs of": "segment"}
    assert folder.report.finished and folder.report.results["num_skipped"] == 1
    values = read_settings_values(tmp_path / "config.json", verbs=["batch"])
    assert values == {**settings_to_dict(job.settings), **settings_to_dict(BatchSettings())}


def test_runs_of_other_verbs_are_skipped_too(
    fitted: FitRun, small_capture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    shutil.copytree(fitted.folder.path, tmp_path / "room-splats")
    (row,) = batch_run("fit-splats", [small_capture], tmp_path, TINY).rows
    assert (row.state, row.num_frames, row.num_objects) == ("skipped", 8, None)
    with pytest.raises(OutputError, match="expected seed = 5, got seed = 0"):
        batch_run("fit-splats", [small_capture], tmp_path, replace(TINY, seed=5))


def test_the_folder_of_another_run_is_no_folder_for_runs(job: Job, capture: Path) -> None:
    with pytest.raises(OutputError) as caught:
        batch_run("segment", [capture], job.run, job.settings)
    assert str(caught.value) == (
        f"Cannot write a batch into {job.run}: expected a folder for run folders, got a run of "
        "'segment'. Choose another folder."
    )


# With Ray.


@pytest.mark.slow
def test_a_batch_of_surfels_objects_and_pictures(
    ray: Any, small_capture: Path, tmp_path: Path
) -> None:
    rooms = [Path(shutil.copytree(small_capture, tmp_path / name)) for name in ("hall", "room")]
    out = tmp_path / "out"
    fits = batch_run("fit-splats", rooms, out, TINY, batch=TWO)
    assert [(row.state, row.num_frames) for row in fits.rows] == [("done", 8)] * 2
    splats = [out / "hall-splats", out / "room-splats"]
    assert [Path(row.run) for row in fits.rows] == splats
    assert not list(out.glob("*.unfinished"))

    masks = DecomposeSettings(masks=str(small_capture / "instance"), meshes=False)
    objects = batch_run("decompose", splats[:1], tmp_path / "objects", masks, batch=TWO)
    assert (objects.rows[0].state, objects.rows[0].message) == ("done", "")
    assert (objects.rows[0].num_objects or 0) > 0

    views = RenderSettings(views=("0",), kinds=("color",), width=32)
    pictures = batch_run("render", splats, tmp_path / "pictures", views, batch=TWO)
    assert [row.state for row in pictures.rows] == ["done"] * 2
    assert [row.num_frames for row in pictures.rows] == [None, None]
    for name in ("hall-splats-pictures", "room-splats-pictures"):
        assert (tmp_path / "pictures" / name / "000000.color.png").is_file()
    again = batch_run("render", splats, tmp_path / "pictures", views, batch=TWO)
    assert [row.state for row in again.rows] == ["skipped"] * 2


@pytest.mark.slow
def test_a_bad_capture_among_good_ones(ray: Any, captures: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    for path in (captures[1] / "depth").iterdir():
        path.write_bytes(b"")
    steps: list[tuple[str, int, int, str]] = []
    report = run_batch(
        [*captures, tmp_path / "nowhere"], out, progress=lambda *step: steps.append(step)
    )
    assert [row.name for row in report.rows] == ["home-room", "work-room", "hall", "nowhere"]
    assert [row.state for row in report.rows] == ["done", "failed", "done", "failed"]
    assert [row.tries for row in report.rows] == [1, 1, 1, 1]
    assert "depth" in report.rows[1].message
    assert "nowhere is not a folder" in report.rows[3].message
    assert report.num_failed == 2 and (report.num_workers, report.num_threads) == (2, 1)
    assert steps == [("batch", done, 4, "inputs") for done in range(5)]
    assert sorted(path.name for path in out.iterdir()) == [
        "batch.md", "config.json", "hall", "home-room", "report.json",
    ]  # fmt: skip
    found = RunFolder.open(out / "hall").report
    assert report.rows[2].num_frames == 6
    assert report.rows[2].num_objects == found.results["num_objects"] > 0
    assert report.rows[2].seconds == found.seconds
    assert ray.is_initialized()


@pytest.mark.slow
def test_runs_are_those_of_segment_and_are_skipped_next_time(
    ray: Any, captures: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    first = run_batch(captures, out)
    assert [row.state for row in first.rows] == ["done"] * 3
    for capture, row in zip(captures, first.rows, strict=True):
        settings = replace(QUICK, masks=str(capture / "instance"))
        direct = segment_run(capture, tmp_path / "direct" / row.name, settings).folder.path
        assert contents(direct) == contents(out / row.name)
        assert len(contents(direct)) > 8
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.parent != out}
    again = run_batch(captures, out)
    assert [row.state for row in again.rows] == ["skipped"] * 3
    assert {path: path.stat().st_mtime_ns for path in before} == before
    expected = [replace(row, state="skipped", tries=0) for row in first.rows]
    assert list(again.rows) == expected
    assert RunFolder.open(out).report.results["num_skipped"] == 3


@pytest.mark.slow
def test_other_settings_are_refused_before_the_work_or_replace_older_runs(
    ray: Any, captures: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run_batch(captures[2:], out)
    run_batch(captures[:1], out, STRIDE_6)
    with pytest.raises(OutputError, match="expected stride = 6, got stride = 4"):
        run_batch([captures[0], captures[2]], out, STRIDE_6)
    assert [row.state for row in run_batch(captures[2:], out, STRIDE_6, overwrite=True).rows] == [
        "done"
    ]
    report = run_batch(captures[2:], out, STRIDE_6, overwrite=True)
    assert [(row.state, row.num_frames) for row in report.rows] == [("skipped", 4)]
    with pytest.raises(
        OutputError, match=r"expected input = \S+work/room, got input = \S+home/room\. "
    ):
        run_batch(captures[1:2], out, STRIDE_6)
    assert [row.name for row in run_batch(captures[:1], out, STRIDE_6).rows] == ["room"]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="looks for workers in /proc")
def test_a_killed_worker_costs_no_finished_run_and_is_tried_again(
    ray: Any, captures: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run_batch(captures[2:], out)
    kept = contents(out / "hall")
    with Killer(out, "home-room", times=2) as killer:
        report = run_batch(captures, out)
    assert [len(rests) for rests in killer.found] == [1, 1]
    assert [(row.name, row.state, row.tries) for row in report.rows] == [
        ("home-room", "done", 3),
        ("work-room", "done", 1),
        ("hall", "skipped", 0),
    ]
    assert contents(out / "hall") == kept
    # The two captures are copies of each other, and so are what was found in them.
    killed, spared = contents(out / "home-room"), contents(out / "work-room")
    assert killed["points.ply"] == spared["points.ply"]
    assert killed.keys() == spared.keys()
    assert sorted(path.name for path in out.iterdir()) == [
        "batch.md", "config.json", "hall", "home-room", "report.json", "work-room",
    ]  # fmt: skip
    table = RunFolder.open(out).report.results["inputs"]
    assert [row["tries"] for row in table] == [3, 1, 0]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="looks for workers in /proc")
def test_a_worker_that_is_killed_each_time_is_given_up(
    ray: Any, captures: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with Killer(out, "work-room", times=2) as killer:
        report = run_batch(captures, out, batch=replace(TWO, retries=1))
    assert len(killer.found) == 2
    assert [(row.state, row.tries) for row in report.rows] == [
        ("done", 1),
        ("failed", 2),
        ("done", 1),
    ]
    assert report.rows[1].message == (
        "The worker ended unexpectedly: killed, or out of memory, 2 times"
    )
    assert sorted(path.name for path in out.iterdir()) == [
        "batch.md", "config.json", "hall", "home-room", "report.json",
    ]  # fmt: skip
    assert [row.state for row in run_batch(captures, out).rows] == ["skipped", "done", "skipped"]


@pytest.mark.slow
def test_an_address_is_refused_where_ray_runs_already(
    ray: Any, captures: list[Path], tmp_path: Path
) -> None:
    with pytest.raises(
        ConventionError, match="expected no address, as this process already uses Ray"
    ):
        run_batch(captures, tmp_path / "out", batch=replace(TWO, address="auto"))
    assert not (tmp_path / "out").exists()
