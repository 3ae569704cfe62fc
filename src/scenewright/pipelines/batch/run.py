"""Many captures at once: one run folder each, on all cores of a machine or of a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from scenewright.core import ConventionError
from scenewright.core.progress import Progress, no_progress
from scenewright.io.atomic import remove_unfinished
from scenewright.pipelines.batch._plan import (
    Job,
    is_done,
    make_jobs,
    only_batch,
)
from scenewright.pipelines.batch._ray import Crew, Outcome, divide, ray_session, run_jobs
from scenewright.pipelines.batch.report import BatchReport, BatchRow
from scenewright.pipelines.segment.run import read_report
from scenewright.pipelines.segment.steps import DEFAULT_MASKS, DEFAULT_PRESET

DEFAULT_RETRIES = 2


def segment_batch(
    captures: Sequence[str | Path],
    out: str | Path,
    *,
    masks: str | Path = DEFAULT_MASKS,
    preset: str = DEFAULT_PRESET,
    voxel_size: float | None = None,
    max_depth: float | None = None,
    stride: int = 1,
    mask_suffix: str = "",
    weights: str | None = None,
    device: str | None = None,
    layout: str | None = None,
    threads: int | None = None,
    skip_check: bool = False,
    id_maps: bool = False,
    overwrite: bool = False,
    address: str | None = None,
    num_workers: int | None = None,
    retries: int = DEFAULT_RETRIES,
    progress: Progress = no_progress,
) -> BatchReport:
    """Segments many captures and writes a run folder for each, as `segment_run` does.

    A capture whose run is there already, made with the same settings, is skipped; so a batch that
    was interrupted goes on where it stopped. A capture that cannot be segmented does not stop the
    others. One whose worker dies is begun again. ``batch.json`` and ``batch.md`` tell how it went.

    Args:
        captures: Folders of captures.
        out: Folder that gets one run folder per capture. Each is named like its capture, after
            the folders above it where two captures have the same name.
        masks: Backend, or a path with ``{capture}`` (the capture's folder) or ``{name}`` (name of
            its run) in it.
        preset: See `segment_run`, as for all that is not named here.
        voxel_size: Metres.
        max_depth: Metres.
        stride: Every how many frames one is used.
        mask_suffix: What stands between a frame's name and the file type in a folder of masks.
        weights: Weights of the backend; None takes its own.
        device: Where the backend runs; None leaves it to the backend.
        layout: Layout of all captures, or None to recognise each.
        threads: Cores for each capture; None shares all cores out among the workers.
        skip_check: Whether to segment captures even if their checks find errors.
        id_maps: Whether to write which instance each pixel of each frame shows.
        overwrite: Whether runs that were made with other settings may be replaced. Those made
            with the same ones are skipped all the same.
        address: Of a Ray cluster that sees all paths; None uses this machine.
        num_workers: Captures to work on at the same time; None means as many as there are cores.
        retries: How often a capture is begun again after its worker died.
        progress: Told how many captures are finished.

    Raises:
        MissingExtraError: Ray is not installed.
        ConventionError: No capture is given, one is given twice, or a count is out of range.
        UnknownNameError: There is no such preset, or the masks are neither a backend nor a path
            per capture.
        OutputError: A run was made with other settings, or a folder of something else is there;
            nothing was done then.
    """
    start = perf_counter()
    _check_counts(threads=threads, num_workers=num_workers, retries=retries)
    settings = {
        "masks": str(masks),
        "preset": preset,
        "voxel_size": voxel_size,
        "max_depth": max_depth,
        "stride": stride,
        "mask_suffix": mask_suffix,
        "weights": weights,
        "device": device,
        "layout": layout,
        "threads": threads,
        "skip_check": skip_check,
        "id_maps": id_maps,
    }
    jobs = make_jobs(captures, out, settings)
    todo = [job for job in jobs if not is_done(job, overwrite=overwrite)]
    todo_names = {job.name for job in todo}
    rows = {job.name: _row(job, tries=0) for job in jobs if job.name not in todo_names}
    crew = Crew(0, 0)
    folder = Path(out).resolve()
    with only_batch(folder):
        progress("batch", len(rows), len(jobs), "captures")
        try:
            if todo:
                session = ray_session(address, num_workers=num_workers, num_threads=threads or 1)
                with session as ray:
                    crew = divide(
                        ray, num_jobs=len(todo), num_workers=num_workers, num_threads=threads
                    )
                    _clean(todo)
                    for outcome in run_jobs(
                        ray, todo, crew=crew, retries=retries, overwrite=overwrite
                    ):
                        rows[outcome.job.name] = _finished(outcome)
                        progress("batch", len(rows), len(jobs), "captures")
        finally:
            _clean(todo)
        ordered = tuple(rows[job.name] for job in jobs)
        seconds = perf_counter() - start
        report = BatchReport(folder, ordered, crew.num_workers, crew.num_threads, seconds)
        report.write()
    return report


def _check_counts(*, threads: int | None, num_workers: int | None, retries: int) -> None:
    least = (("threads", threads, 1), ("workers", num_workers, 1), ("retries", retries, 0))
    for name, count, lowest in least:
        if count is not None and count < lowest:
            raise ConventionError(f"Number of {name}", expected=f"{lowest} or more", got=str(count))


def _clean(jobs: Sequence[Job]) -> None:
    for job in jobs:
        remove_unfinished(job.run)


def _finished(outcome: Outcome) -> BatchRow:
    job = outcome.job
    if outcome.state == "done":
        return _row(job, tries=outcome.tries)
    return BatchRow(
        name=job.name,
        capture=str(job.capture),
        run=str(job.run),
        state="failed",
        num_frames=None,
        num_instances=None,
        seconds=None,
        tries=outcome.tries,
        message=outcome.message,
    )


def _row(job: Job, *, tries: int) -> BatchRow:
    """The line of a capture whose run is there."""
    report = read_report(job.run)
    num_warnings = len(report["warnings"]) + len(report["dropped"])
    return BatchRow(
        name=job.name,
        capture=str(job.capture),
        run=str(job.run),
        state="done" if tries else "skipped",
        num_frames=report["num_frames"],
        num_instances=report["num_objects"],
        seconds=report["seconds"],
        tries=tries,
        message=f"warnings: {num_warnings}, see report.json" if num_warnings else "",
    )
