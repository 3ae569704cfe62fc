"""The folder of a verb that trains: claimed, filled, and filled further by a later call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

from scenewright.core import OutputError
from scenewright.runs.folder import RunFolder
from scenewright.runs.options import Settings
from scenewright.runs.report import RunReport
from scenewright.runs.settings_files import settings_to_dict
from scenewright.runs.stages import peak_memory_mb


class Together(Protocol):
    """Processes that train together, one of which writes."""

    @property
    def is_main(self) -> bool:
        """Whether this process writes."""
        ...

    def wait(self) -> None:
        """Waits for the others."""
        ...


RESUMABLE = ("steps", "validate_every", "num_threads", "device", "max_minutes")
"""Settings of networks that may change when training is resumed."""
RESUMABLE_WITH_WORKERS = (*RESUMABLE, "num_workers")
"""The same where processes make what is learned from."""


_REFERENCES = ("file:", "hub:", "builtin:")


def train_in_folder(
    output: str | Path,
    train: Callable[[Path], Mapping[str, Any]],
    *,
    verb: str,
    settings: Settings,
    inputs: Mapping[str, str | Path | None] | None = None,
    resumable: tuple[str, ...] = RESUMABLE,
    processes: Together | None = None,
) -> tuple[RunFolder, RunReport]:
    """Trains in a folder, or resumes an interrupted training run in it.

    A folder in which the training left nothing is removed if it fails.

    Args:
        output: The folder.
        train: Fills the folder that it is given, and returns the results, JSON values.
        verb: Name of the verb, for the report.
        settings: The training recipe.
        inputs: What the training reads, by name, for the report: paths, which stand there as
            absolute ones, and references of weights such as ``hub:ORG/REPO``.
        resumable: Names of settings that may change when training is resumed.
        processes: Those that train together, all of which call this; None for one alone.

    Returns:
        The folder, and the report in it.

    Raises:
        OutputError: The folder holds something else, or a training run with another recipe.
    """
    start = perf_counter()
    folder = RunFolder(output)
    begun = RunReport(
        verb=verb,
        inputs={name: _stated(value) for name, value in (inputs or {}).items()},
        settings=settings_to_dict(settings),
        finished=False,
    )
    writes = processes is None or processes.is_main
    if writes:
        try:
            folder.claim(begun, settings=settings, ignore=resumable)
        except OutputError as error:
            # Trainings are never replaced, so nobody is sent to an option that does not exist.
            raise OutputError(
                error.what, expected=error.expected, got=error.got, do="Choose another folder."
            ) from error
    if processes is not None:
        processes.wait()
    try:
        results = train(folder.path)
    except BaseException:
        if writes:
            folder.release()
        raise
    report = replace(
        begun,
        results=results,
        seconds=perf_counter() - start,
        peak_memory_mb=peak_memory_mb(),
        finished=True,
    )
    if writes:
        folder.update(report)
    return folder, report


def _stated(value: str | Path | None) -> str | None:
    """An input as the report states it: paths are absolute, references stay."""
    if value is None or str(value).startswith(_REFERENCES):
        return None if value is None else str(value)
    return str(Path(value).resolve())
