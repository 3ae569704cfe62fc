"""Many captures at once: names, what is done already, crashes, and the table at the end."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenewright.core import (
    CaptureError,
    ConventionError,
    MissingExtraError,
    OutputError,
    ScenewrightError,
    UnknownNameError,
)
from scenewright.pipelines import (
    BatchReport,
    BatchRow,
    RunReport,
    read_report,
    segment_batch,
    segment_run,
)
from scenewright.pipelines.batch import _ray as _batch_ray
from scenewright.pipelines.batch._plan import (
    Job,
    is_done,
    is_whole,
    make_jobs,
    only_batch,
    run_names,
)
from scenewright.pipelines.batch._ray import Crew, divide, ray_session, segment_job

SETTINGS: dict[str, Any] = {
    "masks": "{capture}/instance",
    "preset": "default",
    "voxel_size": None,
    "max_depth": None,
    "stride": 1,
    "mask_suffix": "",
    "weights": None,
    "device": None,
    "layout": None,
    "threads": None,
    "skip_check": False,
    "id_maps": False,
}
"""What `segment_batch` makes of its defaults, but for the masks."""
NAMES = st.lists(st.sampled_from(["room", "Room", "a", "b", "a-room"]), min_size=1, max_size=3)


def folders(*paths: str) -> list[Path]:
    return [Path(path) for path in paths]


# Names.


def test_runs_are_named_like_their_captures_and_their_parents_where_needed() -> None:
    assert run_names(folders("/x/room", "/x/hall")) == ["room", "hall"]
    assert run_names(folders("/x/room", "/y/room", "/y/hall")) == ["x-room", "y-room", "hall"]
    assert run_names(folders("/p/x/room", "/q/x/room")) == ["p-x-room", "q-x-room"]
    assert run_names(folders("/room", "/y/room", "/z/y-room")) == ["room", "y-room", "z-y-room"]
    assert run_names(folders("/x/Room", "/y/room")) == ["x-Room", "y-room"]
    assert run_names(folders("/x/batch.json")) == ["x-batch.json"]
    assert run_names(folders("/")) == ["capture"]


@given(paths=st.lists(NAMES.map(lambda parts: "/" + "/".join(parts)), min_size=1, unique=True))
def test_names_differ_and_depend_on_the_set_of_captures_alone(paths: list[str]) -> None:
    try:
        names = run_names(folders(*paths))
    except ConventionError as error:
        assert error.what == "Names of the captures"
        return
    assert len({name.casefold() for name in names}) == len(paths)
    for path, name in zip(paths, names, strict=True):
        assert path.replace("/", "-").endswith(f"-{name}")
    assert run_names(folders(*paths[::-1])) == names[::-1]


def test_captures_that_cannot_be_told_apart_are_refused() -> None:
    with pytest.raises(ConventionError, match="Captures of the batch: expected at least one, got"):
        run_names([])
    with pytest.raises(ConventionError, match="expected each once, got /x/room twice"):
        run_names(folders("/x/room", "/y/room", "/x/room"))
    with pytest.raises(ConventionError, match="a name of its own, got 'a-b' for /a/b and another"):
        run_names(folders("/a/b", "/a-b", "/x/b", "/y/a-b"))


# Jobs.


def test_masks_of_a_path_are_those_of_each_capture(tmp_path: Path) -> None:
    settings = {**SETTINGS, "masks": "masks/{name}"}
    captures = [tmp_path / "x" / "room", tmp_path / "y" / "room"]
    jobs = make_jobs(captures, tmp_path / "out", settings)
    assert [job.settings["masks"] for job in jobs] == [
        str(Path.cwd() / "masks" / "x-room"),
        str(Path.cwd() / "masks" / "y-room"),
    ]
    assert [job.run for job in jobs] == [tmp_path / "out" / "x-room", tmp_path / "out" / "y-room"]
    jobs = make_jobs(captures, tmp_path / "out", SETTINGS)
    assert jobs[1].settings["masks"] == str(tmp_path / "y" / "room" / "instance")
    jobs = make_jobs(captures, tmp_path, {**SETTINGS, "masks": "masks/depth-edges"})
    assert {job.settings["masks"] for job in jobs} == {"masks/depth-edges"}


def test_one_folder_of_masks_for_many_captures_is_refused(tmp_path: Path) -> None:
    captures = [tmp_path / "a", tmp_path / "b"]
    with pytest.raises(UnknownNameError) as caught:
        segment_batch(captures, tmp_path / "out", masks=tmp_path / "masks")
    assert str(caught.value).startswith(f"Masks '{tmp_path / 'masks'}' for 2 captures: expected a")
    assert str(caught.value).endswith(
        "or a path per capture, got one path for all. Write the path with {capture} (its folder) "
        "or {name} (that of its run) in it."
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ({"num_workers": 0}, "Number of workers: expected 1 or more, got 0"),
        ({"retries": -1}, "Number of retries: expected 0 or more, got -1"),
        ({"threads": 0}, "Number of threads: expected 1 or more, got 0"),
    ],
)
def test_counts_out_of_range(counts: dict[str, int], told: str, tmp_path: Path) -> None:
    with pytest.raises(ConventionError, match=told):
        segment_batch([tmp_path / "a"], tmp_path / "out", **counts)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


# What is done already.


@pytest.fixture
def job(report: RunReport, capture: Path) -> Job:
    """The job that the shared run was made by."""
    settings = {**SETTINGS, "masks": str(capture / "instance")}
    return Job(report.run.name, capture.resolve(), report.run, settings)


def test_a_run_with_the_same_settings_is_done(job: Job, report: RunReport) -> None:
    assert is_done(job, overwrite=False) and is_done(job, overwrite=True)
    assert is_whole(job)
    voxel_size = report.segmentation.config.voxel_size
    for same in ({"threads": 2}, {"layout": "plain"}, {"voxel_size": voxel_size}):
        again = dataclasses.replace(job, settings={**job.settings, **same})
        assert is_done(again, overwrite=False)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("masks", "/nowhere"),
        ("masks", "masks/depth-edges"),
        ("mask_suffix", ".segm"),
        ("weights", "file:other.safetensors"),
        ("preset", "onlineanyseg"),
        ("voxel_size", 0.0315),
        ("max_depth", 3.25),
        ("stride", 2),
        ("layout", "tum"),
        ("id_maps", True),
    ],
)
def test_a_run_with_other_settings_is_refused_or_replaced(
    name: str, value: object, job: Job
) -> None:
    other = dataclasses.replace(job, settings={**job.settings, name: value})
    assert not is_whole(other)
    assert not is_done(other, overwrite=True)
    with pytest.raises(OutputError) as caught:
        is_done(other, overwrite=False)
    assert caught.value.what == f"The run {job.run} was made with other settings"
    assert caught.value.expected == f"{name} = {value}"
    assert caught.value.got is not None and caught.value.got.startswith(f"{name} = ")
    assert caught.value.do is not None and "--overwrite" in caught.value.do


def test_a_run_of_another_capture_is_refused(job: Job) -> None:
    other = dataclasses.replace(job, capture=Path("/elsewhere/room"))
    with pytest.raises(OutputError, match="expected capture = /elsewhere/room, got capture = "):
        is_done(other, overwrite=False)


def test_id_maps_that_could_not_be_written_are_not_tried_again(job: Job, tmp_path: Path) -> None:
    run = Path(shutil.copytree(job.run, tmp_path / "run"))
    asked = dataclasses.replace(job, run=run, settings={**job.settings, "id_maps": True})
    assert not is_whole(asked)
    report = read_report(run)
    report["warnings"] = ["[id-maps] Id maps are not written: expected ids up to 65535, got 7e4"]
    (run / "report.json").write_text(json.dumps(report))
    assert is_whole(asked)


def test_folders_without_a_report_are_no_runs(job: Job, tmp_path: Path) -> None:
    absent = dataclasses.replace(job, run=tmp_path / "run")
    assert not is_done(absent, overwrite=False) and not is_whole(absent)
    absent.run.mkdir()
    assert not is_done(absent, overwrite=False)
    (absent.run / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="got an existing folder"):
        is_done(absent, overwrite=False)
    with pytest.raises(OutputError, match="Will not replace"):
        is_done(absent, overwrite=True)


@pytest.mark.parametrize("text", [None, "{", "[]"])
def test_a_run_whose_settings_are_lost_is_not_done(
    text: str | None, job: Job, tmp_path: Path
) -> None:
    run = Path(shutil.copytree(job.run, tmp_path / "run"))
    (run / "config.json").unlink()
    if text is not None:
        (run / "config.json").write_text(text)
    lost = dataclasses.replace(job, run=run)
    assert not is_done(lost, overwrite=True)
    with pytest.raises(OutputError, match=r"got config\.json = a missing or damaged file"):
        is_done(lost, overwrite=False)


# Rests and locks.


def test_two_batches_do_not_meet_in_one_folder(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    with only_batch(out):
        with pytest.raises(OutputError, match="got another batch at work"), only_batch(out):
            pass
        assert [path.name for path in out.iterdir()] == [".batch.lock"]
    assert list(tmp_path.iterdir()) == []
    with only_batch(out):
        (out / "run").mkdir()
    assert [path.name for path in out.iterdir()] == ["run"]


# Workers.


@pytest.mark.parametrize(
    ("cores", "num_jobs", "num_workers", "num_threads", "crew"),
    [
        ([16], 100, None, None, Crew(16, 1)),
        ([16], 100, 3, None, Crew(3, 5)),
        ([16], 2, None, None, Crew(2, 8)),
        ([16], 2, 8, None, Crew(2, 8)),
        ([16], 100, None, 6, Crew(2, 6)),
        ([2], 100, 5, None, Crew(5, 1)),
        ([2], 1, None, None, Crew(1, 2)),
        ([64, 8], 2, None, None, Crew(2, 8)),
        ([0, 8, 8], 100, 4, None, Crew(4, 4)),
    ],
)
def test_cores_are_shared_out(
    cores: list[int],
    num_jobs: int,
    num_workers: int | None,
    num_threads: int | None,
    crew: Crew,
) -> None:
    nodes = [{"Alive": True, "Resources": {"CPU": float(count)}} for count in cores]
    nodes.append({"Alive": False, "Resources": {"CPU": 99.0}})
    ray = SimpleNamespace(nodes=lambda: nodes)
    assert divide(ray, num_jobs=num_jobs, num_workers=num_workers, num_threads=num_threads) == crew


def test_more_threads_than_any_machine_has_are_refused() -> None:
    ray = SimpleNamespace(nodes=lambda: [{"Alive": True, "Resources": {"CPU": 8.0}}])
    with pytest.raises(ConventionError, match="at most 8, the cores of the largest machine, got 9"):
        divide(ray, num_jobs=1, num_workers=None, num_threads=9)


@pytest.mark.parametrize(
    ("error", "state", "message"),
    [
        (CaptureError("It broke", got="dust"), "failed", "It broke: got dust"),
        (ZeroDivisionError("by zero"), "failed", "ZeroDivisionError: by zero"),
        (MemoryError("no 3 GB"), "died", "out of memory: no 3 GB"),
    ],
)
def test_errors_of_a_capture_are_answers(
    error: Exception, state: str, message: str, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(_batch_ray, "segment_run", fail)
    outcome = segment_job(job, num_threads=1, num_try=2, overwrite=False)
    assert (outcome.state, outcome.message, outcome.tries) == (state, message, 2)


def test_without_ray_the_cure_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError) as caught:
        segment_batch([tmp_path / "room"], tmp_path / "out")
    assert str(caught.value) == (
        "The package 'ray' is not installed. In a checkout of Scenewright, install it with: "
        'pip install ".[batch]"'
    )
    assert list(tmp_path.iterdir()) == []


def test_an_address_where_nobody_answers_is_told_at_once() -> None:
    pytest.importorskip("ray")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    start = time.perf_counter()
    for wrong in (address, "nonsense"):
        with (
            pytest.raises(ScenewrightError) as caught,
            ray_session(wrong, num_workers=None, num_threads=1),
        ):
            pass
        assert str(caught.value).startswith(f"Cannot join the Ray cluster at {wrong}: expected the")
        assert "ray start --head" in str(caught.value)
    assert time.perf_counter() - start < 8


# Report.


def rows() -> tuple[BatchRow, ...]:
    """One row of each state."""
    return (
        BatchRow("a", "/c/a", "/o/a", "done", 24, 7, 1.5, 2, "warnings: 1, see report.json"),
        BatchRow("b", "/c/b", "/o/b", "skipped", 10, 3, 0.25, 0, ""),
        BatchRow("c", "/c/c", "/o/c", "failed", None, None, None, 1, "bad | worse\nand so on"),
    )


def test_all_tables_say_the_same(tmp_path: Path) -> None:
    report = BatchReport(tmp_path, rows(), 2, 4, 12.34)
    assert [row.ms_per_frame for row in report.rows] == [62.5, 25.0, None]
    assert report.cells()[0][2:7] == ("24", "7", "1.50", "62.5", "2")
    assert report.cells()[2][2:7] == ("-", "-", "-", "-", "1")
    assert report.summary() == (
        "3 captures: 1 done, 1 skipped, 1 failed; 12.3 s (workers: 2, threads of each: 4)"
    )
    report.write()
    value = json.loads((tmp_path / "batch.json").read_text())
    assert (value["num_done"], value["num_skipped"], value["num_failed"]) == (1, 1, 1)
    assert [row["ms_per_frame"] for row in value["captures"]] == [62.5, 25.0, None]
    assert [row["message"] for row in value["captures"]] == [row.message for row in report.rows]
    lines = (tmp_path / "batch.md").read_text().splitlines()
    assert report.summary() in lines
    table = [line for line in lines if line.startswith("|")]
    assert len(table) == 5 and table[0] == f"| {' | '.join(BatchReport.COLUMNS)} |"
    assert table[3] == "| b | skipped | 10 | 3 | 0.25 | 25.0 | 0 |  |"
    assert table[4].endswith("| bad \\| worse and so on |")


def test_a_batch_with_nothing_to_do_needs_no_ray(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    shutil.copytree(job.run, tmp_path / "room")
    report = segment_batch([job.capture], tmp_path, masks=job.settings["masks"])
    (row,) = report.rows
    assert (row.name, row.state, row.tries, row.num_frames) == ("room", "skipped", 0, 24)
    assert report.summary().startswith("1 captures: 0 done, 1 skipped, 0 failed; ")
    assert "workers" not in report.summary()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["batch.json", "batch.md", "room"]


# With Ray.


@pytest.fixture(scope="module")
def ray() -> Iterator[Any]:
    """Ray with two workers, which all tests of this file share."""
    ray = pytest.importorskip("ray")
    with ray_session(None, num_workers=2, num_threads=1) as started:
        yield started
    assert not ray.is_initialized()


@pytest.fixture
def captures(capture: Path, tmp_path: Path) -> list[Path]:
    """Three captures that a test may spoil; two have the same name."""
    places = [tmp_path / "in" / name for name in ("home/room", "work/room", "hall")]
    for place in places:
        shutil.copytree(capture, place)
    return places


def batch(captures: list[Path], out: Path, **options: Any) -> BatchReport:
    """A quick batch: every fourth frame, two workers."""
    fast = {"masks": "{capture}/instance", "stride": 4, "num_workers": 2}
    return segment_batch(captures, out, **{**fast, **options})


def contents(run: Path) -> dict[str, object]:
    """All that a run holds, but for times and memory."""
    found: dict[str, object] = {}
    for path in sorted(run.rglob("*")):
        if path.is_file() and path.name != "report.json":
            found[path.relative_to(run).as_posix()] = path.read_bytes()
    report = read_report(run)
    for name in ("seconds", "frames_per_second", "stages_ms", "peak_memory_mb"):
        del report[name]
    return {**found, "report.json": report}


class Killer:
    """Kills the worker of one capture, as soon as it has begun to write the run.

    Ray names its processes after their tasks.
    """

    def __init__(self, out: Path, name: str, *, times: int) -> None:
        self.out = out
        self.name = name
        self.times = times
        self.found: list[list[str]] = []
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> Killer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.times = 0
        self._thread.join()

    def _work(self) -> None:
        while len(self.found) < self.times:
            time.sleep(0.001)
            if not self._rests():
                continue
            for worker in self._workers():
                # A worker that stands still cannot finish between the look and the shot.
                os.kill(worker, signal.SIGSTOP)
                if self._rests():
                    self.found.append(self._rests())
                    os.kill(worker, signal.SIGKILL)
                    _wait_until(lambda: not self._rests())
                else:
                    os.kill(worker, signal.SIGCONT)

    def _rests(self) -> list[str]:
        return [path.name for path in self.out.glob(f".{self.name}.*.part")]

    def _workers(self) -> list[int]:
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                title = path.read_bytes().rstrip(b"\0")
            except OSError:
                continue
            if title == f"ray::segment {self.name}".encode():
                found.append(int(path.parent.name))
        return found


def _wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition() and time.monotonic() < end:
        time.sleep(0.001)


@pytest.mark.slow
def test_a_bad_capture_among_good_ones(ray: Any, captures: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    for path in (captures[1] / "depth").iterdir():
        path.write_bytes(b"")
    steps: list[tuple[str, int, int, str]] = []
    report = batch(
        [*captures, tmp_path / "nowhere"], out, progress=lambda *step: steps.append(step)
    )
    assert [row.name for row in report.rows] == ["home-room", "work-room", "hall", "nowhere"]
    assert [row.state for row in report.rows] == ["done", "failed", "done", "failed"]
    assert [row.tries for row in report.rows] == [1, 1, 1, 1]
    assert "depth" in report.rows[1].message
    assert "nowhere is not a folder" in report.rows[3].message
    assert report.num_failed == 2 and (report.num_workers, report.num_threads) == (2, 1)
    assert steps == [("batch", done, 4, "captures") for done in range(5)]
    assert sorted(path.name for path in out.iterdir()) == [
        "batch.json", "batch.md", "hall", "home-room",
    ]  # fmt: skip
    found = read_report(out / "hall")
    assert report.rows[2].num_frames == 6
    assert report.rows[2].num_instances == found["num_objects"] > 0
    assert report.rows[2].seconds == found["seconds"]
    assert ray.is_initialized()


@pytest.mark.slow
def test_runs_are_those_of_segment_and_are_skipped_next_time(
    ray: Any, captures: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    first = batch(captures, out)
    assert [row.state for row in first.rows] == ["done"] * 3
    for capture, row in zip(captures, first.rows, strict=True):
        masks = capture / "instance"
        direct = segment_run(capture, tmp_path / "direct" / row.name, masks=masks, stride=4)
        assert contents(direct.run) == contents(out / row.name)
        assert len(contents(direct.run)) > 8
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.parent != out}
    again = batch(captures, out)
    assert [row.state for row in again.rows] == ["skipped"] * 3
    assert {path: path.stat().st_mtime_ns for path in before} == before
    expected = [dataclasses.replace(row, state="skipped", tries=0) for row in first.rows]
    assert list(again.rows) == expected
    assert json.loads((out / "batch.json").read_text())["num_skipped"] == 3


@pytest.mark.slow
def test_other_settings_are_refused_before_the_work_or_replace_older_runs(
    ray: Any, captures: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    batch(captures[2:], out)
    batch(captures[:1], out, stride=6)
    with pytest.raises(OutputError, match="expected stride = 6, got stride = 4"):
        batch([captures[0], captures[2]], out, stride=6)
    assert [row.state for row in batch(captures[2:], out, stride=6, overwrite=True).rows] == [
        "done"
    ]
    report = batch(captures[2:], out, stride=6, overwrite=True)
    assert [(row.state, row.num_frames) for row in report.rows] == [("skipped", 4)]
    with pytest.raises(OutputError, match=r"expected capture = \S+work/room, got capture = "):
        batch(captures[1:2], out, stride=6)
    assert [row.name for row in batch(captures[:1], out, stride=6).rows] == ["room"]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="looks for workers in /proc")
def test_a_killed_worker_costs_no_finished_run_and_is_tried_again(
    ray: Any, captures: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    batch(captures[2:], out)
    kept = contents(out / "hall")
    with Killer(out, "home-room", times=2) as killer:
        report = batch(captures, out)
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
        "batch.json", "batch.md", "hall", "home-room", "work-room",
    ]  # fmt: skip
    table = json.loads((out / "batch.json").read_text())["captures"]
    assert [row["tries"] for row in table] == [3, 1, 0]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="looks for workers in /proc")
def test_a_worker_that_is_killed_each_time_is_given_up(
    ray: Any, captures: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with Killer(out, "work-room", times=2) as killer:
        report = batch(captures, out, retries=1)
    assert len(killer.found) == 2
    assert [(row.state, row.tries) for row in report.rows] == [
        ("done", 1),
        ("failed", 2),
        ("done", 1),
    ]
    assert report.rows[1].message == (
        "The worker ended without a word: killed, or out of memory, 2 times"
    )
    assert sorted(path.name for path in out.iterdir()) == [
        "batch.json", "batch.md", "hall", "home-room",
    ]  # fmt: skip
    assert [row.state for row in batch(captures, out).rows] == ["skipped", "done", "skipped"]


@pytest.mark.slow
def test_an_address_is_refused_where_ray_runs_already(
    ray: Any, captures: list[Path], tmp_path: Path
) -> None:
    with pytest.raises(ConventionError, match="expected none, as this process uses Ray already"):
        batch(captures, tmp_path / "out", address="auto")
    assert not (tmp_path / "out").exists()
