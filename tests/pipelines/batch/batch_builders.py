"""Quick batches, what their runs hold, and a killer of workers."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scenewright.pipelines.batch.report import BatchReport
from scenewright.pipelines.batch.run import batch_run
from scenewright.pipelines.batch.settings import BatchSettings
from scenewright.pipelines.segment.settings import SegmentSettings
from scenewright.runs.folder import RunFolder

QUICK = SegmentSettings(masks="{capture}/instance", stride=4)
"""Every fourth frame, with the true masks."""
TWO = BatchSettings(num_workers=2)


def run_batch(
    captures: list[Path],
    out: Path,
    settings: SegmentSettings = QUICK,
    batch: BatchSettings = TWO,
    **options: Any,
) -> BatchReport:
    """A quick batch of ``segment`` with two workers."""
    return batch_run("segment", captures, out, settings, batch=batch, **options)


def contents(run: Path) -> dict[str, object]:
    """All that a run holds, but for times and memory."""
    found: dict[str, object] = {
        path.relative_to(run).as_posix(): path.read_bytes()
        for path in sorted(run.rglob("*"))
        if path.is_file() and path.name not in ("report.json", "config.json")
    }
    report = RunFolder.open(run).report.as_dict()
    for name in ("seconds", "stages", "peak_memory_mb"):
        del report[name]
    del report["results"]["frames_per_second"]
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
