"""Files that a training makes before its first step, by several processes, and keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from scenewright.core import Progress
from scenewright.runs.workers import in_processes

Job = TypeVar("Job")


def make_missing(
    make: Callable[[Job], None],
    jobs: Mapping[Path, Job],
    *,
    num_workers: int,
    progress: Callable[[int, int], object],
) -> None:
    """Makes the files that do not exist yet.

    Args:
        make: Makes the file of a job; a function of a module, or a `functools.partial` of one.
        jobs: What to make, by path.
        num_workers: Number of processes.
        progress: Called after each file with the number of those that are done, and of all.
    """
    missing = [job for path, job in jobs.items() if not path.exists()]
    done = len(jobs) - len(missing)
    for _ in in_processes(make, missing, num_workers):
        done += 1
        progress(done, len(jobs))


def shown(progress: Progress, stage: str, unit: str) -> Callable[[int, int], object]:
    """A progress callback of counts, as `make_missing` takes it.

    Args:
        progress: Progress callback (stage, done, total, unit).
        stage: Its stage.
        unit: Its unit.
    """
    return lambda done, total: progress(stage, done, total, unit)
