"""``scenewright data make``: many worlds, captures or shards, several at a time."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

from scenewright.core import ConventionError, Progress, UnknownNameError, no_progress
from scenewright.data.generation.encoding import missing_encodings
from scenewright.data.generation.writing import write_tables
from scenewright.pipelines.make_data.pieces import (
    is_complete,
    list_pieces,
    make_piece,
    piece_row,
    remove_pieces,
)
from scenewright.pipelines.make_data.recipe import (
    DATA_FORMS,
    UNUSED,
    check_data_settings,
    settings_for_form,
)
from scenewright.pipelines.make_data.report import DataReport
from scenewright.pipelines.make_data.settings import DataSettings
from scenewright.runs.folder import RunFolder
from scenewright.runs.report import RunReport
from scenewright.runs.settings_files import settings_to_dict
from scenewright.runs.stages import peak_memory_mb
from scenewright.runs.workers import in_processes
from scenewright.worlds.generation import add_encodings, check_encoders
from scenewright.worlds.writing.samples import check_count

_MOST_WORKERS = 256


def make_data_run(
    form: str,
    output: str | Path,
    seeds: range,
    settings: DataSettings | None = None,
    *,
    num_workers: int = 1,
    overwrite: bool = False,
    progress: Progress = no_progress,
) -> DataReport:
    """Makes worlds, captures, shards or generation data; what the folder holds is kept.

    The result depends only on the seeds and settings: neither the number of workers nor an
    interruption changes a byte.

    Args:
        form: One of `DATA_FORMS`.
        output: Folder for everything; may hold what an earlier call with the same settings made.
        seeds: One or more, in steps of 1. Each makes a world; shards hold several.
        settings: How they are made; None takes the defaults.
        num_workers: Number of processes.
        overwrite: Whether older data made with other settings may be replaced.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        UnknownNameError: There is no such form of data.
        ConventionError: A number is out of range, or there is no seed.
        OutputError: The folder holds data that was made with other settings.
        WeightsError: Weights of an encoder of generation data are missing or damaged.
    """
    start = perf_counter()
    _check(form, seeds, num_workers)
    check_data_settings(settings or DataSettings())
    settings = settings_for_form(settings or DataSettings(), form)
    if form == "generation":
        check_encoders(
            structure_weights=settings.structure_weights, vggt_weights=settings.vggt_weights
        )
    folder = RunFolder(output, overwrite=overwrite)
    begun = RunReport(
        verb="data make",
        inputs={"form": form},
        settings=settings_to_dict(settings),
        finished=False,
    )
    folder.claim(begun, settings=settings, ignore=UNUSED[form], clear=remove_pieces)
    pieces = list(list_pieces(form, folder.path, seeds, settings))
    kept = {piece for piece in pieces if is_complete(piece)}
    rows = [piece_row(piece, "kept", "") for piece in kept]
    unit = "worlds" if form == "generation" else form
    progress(form, len(rows), len(pieces), unit)
    missing = [piece for piece in pieces if piece not in kept]
    with closing(in_processes(make_piece, missing, num_workers)) as made:
        for row in made:
            rows.append(row)
            progress(form, len(rows), len(pieces), unit)
    remarks: tuple[str, ...] = ()
    if form == "generation":
        write_tables(folder.path)
        add_encodings(
            folder.path,
            split=settings.split,
            structure_weights=settings.structure_weights,
            vggt_weights=settings.vggt_weights,
            progress=progress,
        )
        remarks = missing_encodings(folder.path)
    report = DataReport(folder.path, tuple(sorted(rows, key=lambda row: row.seeds)), remarks)
    folder.update(
        replace(
            begun,
            results=_results(report, seeds),
            seconds=perf_counter() - start,
            peak_memory_mb=peak_memory_mb(),
            finished=True,
        )
    )
    return report


def _results(report: DataReport, seeds: range) -> dict[str, Any]:
    """The results of the last call, for the report."""
    return {
        "seeds": [seeds.start, seeds.stop],
        "num_made": report.count("made"),
        "num_kept": report.count("kept"),
        "num_failed": report.count("failed"),
        "failed": {row.name: row.note for row in report.rows if row.state == "failed"},
    }


def _check(form: str, seeds: range, num_workers: int) -> None:
    if form not in DATA_FORMS:
        raise UnknownNameError(
            f"There is no form of data '{form}'", expected=f"one of {', '.join(DATA_FORMS)}"
        )
    if not len(seeds) or seeds.step != 1 or seeds.start < 0:
        raise ConventionError("Seeds", expected="one or more, in steps of 1", got=str(seeds))
    check_count("num_workers", num_workers, most=_MOST_WORKERS)
