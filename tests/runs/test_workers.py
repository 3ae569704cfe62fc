"""Work divided among processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from scenewright.core import ConventionError
from scenewright.runs.workers import in_processes

ROOT = Path(__file__).resolve().parents[2]


def scaled(item: int, *, factor: int) -> tuple[int, int]:
    if item == 7:
        raise ConventionError("item", expected="another", got="7")
    return item * factor, os.getpid()


def test_one_worker_is_this_process_and_keeps_the_order() -> None:
    found = list(in_processes(partial(scaled, factor=3), [2, 1, 3], 1))
    assert found == [(6, os.getpid()), (3, os.getpid()), (9, os.getpid())]
    assert list(in_processes(partial(scaled, factor=3), [4], 8)) == [(12, os.getpid())]
    assert list(in_processes(partial(scaled, factor=3), [], 8)) == []


@pytest.mark.slow
def test_several_workers_are_other_processes() -> None:
    before = os.environ.get("OMP_NUM_THREADS")
    found = list(in_processes(partial(scaled, factor=2), [1, 2, 3], 2))
    assert sorted(value for value, _ in found) == [2, 4, 6]
    assert os.getpid() not in {process for _, process in found}
    assert os.environ.get("OMP_NUM_THREADS") == before
    with pytest.raises(ConventionError, match="item: expected another, got 7"):
        list(in_processes(partial(scaled, factor=2), [7, 1], 2))


def noted(item: int, *, folder: Path) -> int:
    """Leaves a note with the number of its process, and takes long."""
    (folder / f"{item}-{os.getpid()}").touch()
    time.sleep(120)
    return item


def start_parent(folder: Path) -> tuple[subprocess.Popen[bytes], list[int]]:
    """A process with two workers at work, in a group of its own, and their numbers."""
    script = (
        "import signal, sys\n"
        "from functools import partial\n"
        "from pathlib import Path\n"
        "from scenewright.runs.workers import in_processes\n"
        "from tests.runs.test_workers import noted\n"
        "if __name__ == '__main__':\n"
        "    signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "    list(in_processes(partial(noted, folder=Path(sys.argv[1])), list(range(6)), 2))\n"
    )
    program = folder.with_name("program.py")
    program.write_text(script)
    parent = subprocess.Popen(
        [sys.executable, str(program), str(folder)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(ROOT)])},
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: len(list(folder.iterdir())) == 2)
    return parent, [int(path.name.split("-")[1]) for path in folder.iterdir()]


def wait_until(is_true: Callable[[], bool], *, seconds: float = 240) -> None:
    end = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.05)


def is_running(process: int) -> bool:
    stat = Path(f"/proc/{process}/stat")
    return stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_workers_end_with_their_parent(end: signal.Signals, tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    parent, workers = start_parent(folder)
    assert all(is_running(worker) for worker in workers)
    if end == signal.SIGINT:
        os.killpg(parent.pid, end)  # as a terminal does
    else:
        parent.send_signal(end)
    assert parent.wait(60) != 0
    wait_until(lambda: not any(is_running(worker) for worker in workers), seconds=30)
    assert len(list(folder.iterdir())) == 2, "no further item was begun"
