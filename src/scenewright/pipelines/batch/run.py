"""``scenewright batch``: a run folder for each of many inputs, on all cores or on a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from scenewright.core import ConventionError, OutputError, Progress, no_progress
from scenewright.io.atomic import remove_unfinished, write_text
from scenewright.pipelines.batch._plan import Job, batch_verb, is_done, make_jobs, only_batch
from scenewright.pipelines.batch._ray import Outcome, Workers, divide, ray_session, run_jobs
from scenewright.pipelines.batch.report import BATCH_MD, BatchReport, BatchRow
from scenewright.pipelines.batch.settings import BatchSettings
from scenewright.runs.folder import RunFolder
from scenewright.runs.options import Settings
from scenewright.runs.report import RunReport
from scenewright.runs.settings_files import settings_to_dict
from scenewright.runs.stages import peak_memory_mb


def batch_run(
    verb: str,
    inputs: Sequence[str | Path],
    output: str | Path,
    settings: Settings | None = None,
    *,
    batch: BatchSettings | None = None,
    overwrite: bool = False,
    progress: Progress = no_progress,
) -> BatchReport:
    """Runs a verb on many inputs and writes a run folder for each, as the verb itself does.

    An input whose run already exists, made with the same settings, is skipped, so the same call
    resumes a batch that was interrupted. An input that fails does not stop the others. One whose
    worker dies is retried. ``report.json`` and ``batch.md`` hold the outcome.

    Args:
        verb: A verb that makes one run folder per input, such as ``"segment"``.
        inputs: Folders of captures, or of scenes.
        output: Folder for the run folders. Each is named like its input, with parent folders in
            front where two inputs have the same name.
        settings: Settings of the verb; None takes the defaults. If its masks are a path,
            ``{capture}`` in it stands for the input's folder and ``{name}`` for the name of its
            run.
        batch: How the work is divided; None takes the defaults. If the settings of the verb do not
            set a number of threads, all cores are divided among the workers.
        overwrite: Whether runs that were made with other settings may be replaced. Those made
            with the same ones are skipped anyway.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        MissingExtraError: Ray is not installed.
        ConventionError: No input is given, one is given twice, a count is out of range, or the
            settings are those of another verb.
        UnknownNameError: There is no such verb, or the masks are neither a backend nor a path per
            input.
        OutputError: A run was made with other settings, or another folder is in the way; nothing
            has been done then.
    """
    start = perf_counter()
    known = batch_verb(verb)
    settings = known.settings()() if settings is None else settings
    if not isinstance(settings, known.settings()):
        raise ConventionError(
            f"Settings of a batch of '{verb}'",
            expected=f"a {known.settings().__name__}",
            got=f"a {type(settings).__name__}",
        )
    batch = batch or BatchSettings()
    threads: int | None = getattr(settings, "threads", None)
    _check_counts(batch, threads)
    jobs = make_jobs(known, inputs, output, settings)
    folder = RunFolder(Path(output).resolve())
    _check_folder(folder)
    todo = [job for job in jobs if not is_done(job, overwrite=overwrite)]
    with only_batch(folder.path):
        rows, workers = _run(jobs, todo, batch, threads, overwrite=overwrite, progress=progress)
        seconds = perf_counter() - start
        report = BatchReport(folder.path, rows, workers.count, workers.num_threads, seconds)
        _write(report, folder, verb, settings, batch)
    return report


def _run(
    jobs: Sequence[Job],
    todo: Sequence[Job],
    batch: BatchSettings,
    threads: int | None,
    *,
    overwrite: bool,
    progress: Progress,
) -> tuple[tuple[BatchRow, ...], Workers]:
    """Runs the unfinished jobs; returns the rows of all jobs, in order, and the workers used."""
    todo_names = {job.name for job in todo}
    rows = {job.name: _row(job, tries=0) for job in jobs if job.name not in todo_names}
    workers = Workers(0, 0)
    progress("batch", len(rows), len(jobs), "inputs")
    try:
        if todo:
            session = ray_session(
                batch.address, num_workers=batch.num_workers, num_threads=threads or 1
            )
            with session as ray:
                workers = divide(
                    ray, num_jobs=len(todo), num_workers=batch.num_workers, num_threads=threads
                )
                _clean(todo)
                for outcome in run_jobs(
                    ray, todo, workers=workers, retries=batch.retries, overwrite=overwrite
                ):
                    rows[outcome.job.name] = _finished(outcome)
                    progress("batch", len(rows), len(jobs), "inputs")
    finally:
        _clean(todo)
    return tuple(rows[job.name] for job in jobs), workers


def _check_counts(batch: BatchSettings, threads: int | None) -> None:
    least = (
        ("threads", threads, 1),
        ("workers", batch.num_workers, 1),
        ("retries", batch.retries, 0),
    )
    for name, count, lowest in least:
        if count is not None and count < lowest:
            raise ConventionError(f"Number of {name}", expected=f"{lowest} or more", got=str(count))


def _check_folder(folder: RunFolder) -> None:
    """Refuses a folder that is itself the run of another verb."""
    if RunFolder.is_run(folder.path) and folder.report.verb != "batch":
        raise OutputError(
            f"Cannot write a batch into {folder.path}",
            expected="a folder for run folders",
            got=f"a run of '{folder.report.verb}'",
            do="Choose another folder.",
        )


def _write(
    report: BatchReport, folder: RunFolder, verb: str, settings: Settings, batch: BatchSettings
) -> None:
    folder.update(
        RunReport(
            verb="batch",
            inputs={"runs of": verb},
            settings={**settings_to_dict(settings), **settings_to_dict(batch)},
            results=report.as_dict(),
            seconds=report.seconds,
            peak_memory_mb=peak_memory_mb(),
        )
    )
    write_text(folder.path / BATCH_MD, report.as_markdown())


def _clean(jobs: Sequence[Job]) -> None:
    for job in jobs:
        remove_unfinished(job.run)


def _finished(outcome: Outcome) -> BatchRow:
    job = outcome.job
    if outcome.state == "done":
        return _row(job, tries=outcome.tries)
    return BatchRow(
        name=job.name,
        source=str(job.source),
        run=str(job.run),
        state="failed",
        num_frames=None,
        num_objects=None,
        seconds=None,
        tries=outcome.tries,
        message=outcome.message,
    )


def _row(job: Job, *, tries: int) -> BatchRow:
    """The row of an input whose run exists."""
    report = RunFolder.open(job.run).report
    results = report.results
    num_warnings = len(report.warnings) + len(results.get("dropped", ()))
    return BatchRow(
        name=job.name,
        source=str(job.source),
        run=str(job.run),
        state="done" if tries else "skipped",
        num_frames=results.get("num_frames", results.get("num_views")),
        num_objects=results.get("num_objects"),
        seconds=report.seconds,
        tries=tries,
        message=f"warnings: {num_warnings}, see report.json" if num_warnings else "",
    )
