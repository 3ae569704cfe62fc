"""Whole commands: what users get wrong is a plain message, exit code 1, nothing half-written."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.command_builders import Call, Outcome, assert_plain_error

TINY = ("--preset", "preview", "--steps", "4", "--max-surfels", "2000", "--no-mesh")


def segment(call: Call, capture: Path, *words: str | Path) -> Outcome:
    """Segments with the true masks into a run folder beside the capture."""
    masks = () if "--masks" in words else ("--masks", capture / "instance")
    return call("segment", capture, "-o", capture.parent / "run", *masks, *words)


def assert_nothing_written(capture: Path) -> None:
    """Asserts that there is no run and no rest of one beside the capture."""
    assert [path.name for path in capture.parent.iterdir() if path != capture] == []


def rewrite_poses(capture: Path, change: object) -> None:
    """Replaces each pose by what a function of its matrix returns."""
    assert callable(change)
    for path in (capture / "pose").iterdir():
        np.savetxt(path, change(np.loadtxt(path)))


def test_missing_folder(tmp_path: Path, call: Call) -> None:
    outcome = segment(call, tmp_path / "nowhere")
    assert_plain_error(outcome, "nowhere is not a folder", "no such path")
    assert list(tmp_path.iterdir()) == []


def test_empty_folder(tmp_path: Path, call: Call) -> None:
    (tmp_path / "room").mkdir()
    assert_plain_error(segment(call, tmp_path / "room"), "room is empty", "plain")
    assert_nothing_written(tmp_path / "room")


def test_folder_of_something_else(tmp_path: Path, call: Call) -> None:
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "notes.txt").write_text("hello")
    assert_plain_error(segment(call, tmp_path / "room"), "layout", "notes.txt")


@pytest.mark.parametrize("kind", ["color", "depth"])
def test_truncated_picture(kind: str, capture: Path, call: Call) -> None:
    path = capture / kind / "000005.png"
    path.write_bytes(path.read_bytes()[:-300])
    assert_plain_error(segment(call, capture), "000005", "scenewright check")
    assert_plain_error(segment(call, capture, "--skip-check"), "000005.png")
    assert_nothing_written(capture)
    assert call("check", capture).code == 1


def test_missing_intrinsics(capture: Path, call: Call) -> None:
    (capture / "intrinsics.txt").unlink()
    (capture / "cameras.json").unlink()
    assert_plain_error(segment(call, capture), "intrinsics.txt is missing", "fx")


def test_intrinsics_of_another_picture_size(capture: Path, call: Call) -> None:
    K = np.loadtxt(capture / "intrinsics.txt")
    K[:2] *= 4
    np.savetxt(capture / "intrinsics.txt", K)
    assert_plain_error(segment(call, capture), "intrinsics", "principal point")
    assert_nothing_written(capture)


def test_intrinsics_that_are_no_numbers(capture: Path, call: Call) -> None:
    (capture / "intrinsics.txt").write_text("fx fy cx cy\n")
    assert_plain_error(segment(call, capture), "intrinsics.txt")


@pytest.mark.parametrize("scale", [1.0, 1_000_000.0])
def test_depth_scale_a_thousand_times_off(scale: float, capture: Path, call: Call) -> None:
    (capture / "capture.json").write_text(json.dumps({"depth_scale": scale}))
    assert_plain_error(segment(call, capture), "Depth does not look like meters")
    assert_nothing_written(capture)


def test_depth_scale_off_and_the_check_skipped(capture: Path, call: Call) -> None:
    (capture / "capture.json").write_text(json.dumps({"depth_scale": 1.0}))
    outcome = segment(call, capture, "--skip-check")
    assert_plain_error(outcome, "No object was found", "scenewright check")
    assert_nothing_written(capture)


def test_inverted_poses(capture: Path, call: Call) -> None:
    rewrite_poses(capture, np.linalg.inv)
    outcome = segment(call, capture)
    assert_plain_error(outcome, "poses are the inverse", "do: ", "cam_from_world")
    assert_nothing_written(capture)


def test_all_poses_invalid(capture: Path, call: Call) -> None:
    rewrite_poses(capture, lambda pose: np.full((4, 4), np.nan))
    assert_plain_error(segment(call, capture), "pose")
    assert_plain_error(segment(call, capture, "--skip-check"), "No frame", "12 with no valid pose")
    assert_nothing_written(capture)


@pytest.mark.parametrize("value", [-np.inf, np.nan])
def test_some_poses_invalid_are_dropped_and_told(value: float, capture: Path, call: Call) -> None:
    np.savetxt(capture / "pose" / "000004.txt", np.full((4, 4), value))
    outcome = segment(call, capture)
    assert outcome.code == 0
    assert "1 of 12 frames dropped: no valid pose" in outcome.err
    report = json.loads((capture.parent / "run" / "report.json").read_text())
    assert report["results"]["dropped"] == [{"reason": "no valid pose", "frames": ["000004"]}]
    assert report["warnings"]


def test_a_frame_without_masks_is_fine(capture: Path, call: Call) -> None:
    Image.fromarray(np.zeros((120, 160), np.uint16)).save(capture / "instance" / "000003.png")
    (capture / "instance" / "000006.png").unlink()
    assert segment(call, capture).code == 0
    results = json.loads((capture.parent / "run" / "report.json").read_text())["results"]
    assert (results["num_segmented"], results["num_without_masks"]) == (11, 2)


def test_masks_of_another_size(capture: Path, call: Call) -> None:
    Image.fromarray(np.ones((60, 60), np.uint16)).save(capture / "instance" / "000003.png")
    assert_plain_error(segment(call, capture), "000003.png", "60 x 60", "160 x 120")
    assert_nothing_written(capture)


def test_masks_that_are_nowhere(capture: Path, call: Call) -> None:
    outcome = segment(call, capture, "--masks", "masks/depth-edge")
    assert_plain_error(outcome, "Masks 'masks/depth-edge'", "masks/depth-edges")


def test_masks_of_another_capture(capture: Path, call: Call) -> None:
    for path, letter in zip(sorted((capture / "instance").iterdir()), "abcdefghijkl", strict=True):
        path.rename(path.with_name(f"kitchen-{letter}.png"))
    assert_plain_error(segment(call, capture), "match none of the 12 frames", "kitchen-a")
    assert_nothing_written(capture)


def test_no_object_at_all(capture: Path, call: Call) -> None:
    for path in (capture / "instance").iterdir():
        Image.fromarray(np.zeros((120, 160), np.uint16)).save(path)
    assert_plain_error(segment(call, capture), "No object was found", "0 masks in 12 frames")
    assert_nothing_written(capture)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--preset", "best"), "default"),
        (("--voxel-size", "-1"), "positive"),
        (("--stride", "0"), "1 or more"),
        (("--threads", "0"), "Number of threads"),
        (("--layout", "unknown"), "plain"),
    ],
)
def test_values_out_of_range(words: tuple[str, ...], told: str, capture: Path, call: Call) -> None:
    assert_plain_error(segment(call, capture, *words), told)
    assert_nothing_written(capture)


def test_existing_run(capture: Path, call: Call) -> None:
    (capture.parent / "run").mkdir()
    (capture.parent / "run" / "mine.txt").write_text("mine")
    assert_plain_error(segment(call, capture), "--overwrite")
    assert_plain_error(segment(call, capture, "--overwrite"), "Will not replace")
    assert (capture.parent / "run" / "mine.txt").read_text() == "mine"


def test_the_current_folder_is_refused_before_the_work(
    capture: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = capture.parent / "run"
    run.mkdir()
    (run / "report.json").write_text('{"format": "scenewright-run", "version": 3}')
    monkeypatch.chdir(run)
    started: list[object] = []
    monkeypatch.setattr(
        "scenewright.pipelines.segment.run.segment_frames", lambda *a, **k: started.append(a)
    )
    outcome = call("segment", capture, "-o", ".", "--overwrite")
    assert_plain_error(outcome, "Will not replace .", "a folder that is not in use")
    assert started == [] and [path.name for path in run.iterdir()] == ["report.json"]


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are a thing of Unix")
def test_full_disk(capture: Path, call: Call) -> None:
    import resource

    # Compiled code is cached in files too, which must not meet the limit.
    assert segment(call, capture).code == 0
    shutil.rmtree(capture.parent / "run")
    # A limit on the size of files strikes inside the system, as a full disk does.
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    try:
        outcome = segment(call, capture)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert_plain_error(outcome, "Cannot write", "room")
    assert_nothing_written(capture)


def test_evaluate_and_convert_and_info_on_nothing(tmp_path: Path, call: Call) -> None:
    nowhere = tmp_path / "nowhere"
    assert_plain_error(call("evaluate", nowhere, nowhere), "no such path")
    assert_plain_error(call("convert", nowhere, tmp_path / "a.glb"), "no such path")
    assert_plain_error(call("info", nowhere), "no such path")
    outcome = call("check", nowhere)
    assert outcome.code == 1 and "not a folder" in outcome.out
    assert list(tmp_path.iterdir()) == []


# As a process of its own: what a shell and its user get to see.


def run_process(*words: str | Path, limit_bytes: int | None = None) -> Outcome:
    """Runs ``python -m scenewright``, if asked with a limit on the size of files."""

    def limit() -> None:
        import resource

        assert limit_bytes is not None
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))

    done = subprocess.run(
        [sys.executable, "-m", "scenewright", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=None if limit_bytes is None else limit,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def segment_process(capture: Path, *, limit_bytes: int | None = None) -> Outcome:
    """Segments as `segment` does, in a process of its own."""
    words = ("segment", capture, "-o", capture.parent / "run", "--masks", capture / "instance")
    return run_process(*words, limit_bytes=limit_bytes)


def empty_masks(capture: Path) -> None:
    for path in (capture / "instance").iterdir():
        Image.fromarray(np.zeros((120, 160), np.uint16)).save(path)


def small_mask(capture: Path) -> None:
    Image.fromarray(np.ones((60, 60), np.uint16)).save(capture / "instance" / "000007.png")


def truncated_depth(capture: Path) -> None:
    path = capture / "depth" / "000005.png"
    path.write_bytes(path.read_bytes()[:-300])


def inverted_poses(capture: Path) -> None:
    for path in (capture / "pose").iterdir():
        np.savetxt(path, np.linalg.inv(np.loadtxt(path)))


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (empty_masks, "No object was found"),
        (small_mask, "60 x 60"),
        (truncated_depth, "000005"),
        (inverted_poses, "cam_from_world"),
    ],
)
def test_errors_are_plain_and_leave_nothing(
    spoil: Callable[[Path], None], told: str, capture: Path
) -> None:
    spoil(capture)
    assert_plain_error(segment_process(capture), told)
    assert [path.name for path in capture.parent.iterdir()] == [capture.name]


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are a thing of Unix")
def test_full_disk_under_a_process(capture: Path, call: Call) -> None:
    # Compiled code is cached in files too, which must not meet the limit.
    words = ("--masks", capture / "instance", "--id-maps")
    assert call("segment", capture, "-o", capture.parent / "warm" / "run", *words).code == 0
    outcome = segment_process(capture, limit_bytes=100_000)
    assert_plain_error(outcome, "Cannot write", "the disk is full")
    assert sorted(path.name for path in capture.parent.iterdir()) == [capture.name, "warm"]


# From a capture to objects and pictures.


@pytest.mark.slow
def test_a_capture_becomes_objects_and_pictures(capture: Path, tmp_path: Path, call: Call) -> None:
    splats, objects = tmp_path / "splats", tmp_path / "objects"
    outcome = call("fit-splats", capture, "-o", splats, *TINY)
    assert outcome.code == 0, outcome.err
    assert "2,000 surfels" in outcome.out or "surfels (" in outcome.out
    assert "PSNR" in outcome.out and "held-out views" in outcome.out
    outcome = call("decompose", splats, "-o", objects, "--masks", capture / "instance")
    assert outcome.code == 0, outcome.err
    assert "objects from" in outcome.out and "seen" in outcome.out
    outcome = call("render", objects, "--view", "0", "--only", "1", "-o", tmp_path / "pictures")
    assert outcome.code == 0 and "4 files" in outcome.out
    numbers = tmp_path / "numbers.json"
    outcome = call(
        "evaluate", objects, capture, "--id-maps", capture, "--pictures", "--output", numbers
    )
    assert outcome.code == 0, outcome.err
    assert {"ap", "masks", "images", "stages"} <= set(json.loads(numbers.read_text()))
    assert "boundary mIoU" in outcome.out and "PSNR dB" in outcome.out
