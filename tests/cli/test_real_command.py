"""Bad input to the command as a process of its own: what a shell and its user get to see."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.command_builders import Call, Outcome, assert_plain_error


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


def segment(capture: Path, *, limit_bytes: int | None = None) -> Outcome:
    """Segments with the true masks into a run folder beside the capture."""
    words = ("segment", capture, "-o", capture.parent / "run", "--masks", capture / "instance")
    return run_process(*words, limit_bytes=limit_bytes)


def empty_masks(capture: Path) -> None:
    for path in (capture / "instance").iterdir():
        Image.fromarray(np.zeros((120, 160), np.uint16)).save(path)


def small_mask(capture: Path) -> None:
    Image.fromarray(np.ones((60, 80), np.uint16)).save(capture / "instance" / "000007.png")


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
        (small_mask, "80 x 60"),
        (truncated_depth, "000005"),
        (inverted_poses, "cam_from_world"),
    ],
)
def test_errors_are_plain_and_leave_nothing(
    spoil: Callable[[Path], None], told: str, capture: Path
) -> None:
    spoil(capture)
    assert_plain_error(segment(capture), told)
    assert [path.name for path in capture.parent.iterdir()] == [capture.name]


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are a thing of Unix")
def test_full_disk(capture: Path, call: Call) -> None:
    # Compiled code is cached in files too, which must not meet the limit.
    words = ("--masks", capture / "instance", "--id-maps")
    assert call("segment", capture, "-o", capture.parent / "warm" / "run", *words).code == 0
    outcome = segment(capture, limit_bytes=100_000)
    assert_plain_error(outcome, "Cannot write", "the disk is full")
    assert sorted(path.name for path in capture.parent.iterdir()) == [capture.name, "warm"]
