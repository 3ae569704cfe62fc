"""``scenewright data convert``: a 3D-FUTURE folder in the layout of SceneGen."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from scenewright.core import OutputError, Progress, ScenewrightError, no_progress
from scenewright.data.generation.encoding import missing_encodings
from scenewright.data.generation.folders import check_split
from scenewright.data.generation.writing import part_file, remove_outputs, write_tables
from scenewright.pipelines.convert_data.settings import ConvertDataSettings
from scenewright.runs.folder import RunFolder
from scenewright.runs.report import RunReport
from scenewright.runs.settings_files import settings_to_dict
from scenewright.runs.stages import peak_memory_mb
from scenewright.runs.workers import in_processes
from scenewright.worlds.generation import (
    add_encodings,
    check_encoders,
    convert_scene,
    open_future,
)
from scenewright.worlds.generation.annotations import FutureFolder, FutureImage
from scenewright.worlds.writing.samples import check_count

_MOST_WORKERS = 256
_MAY_DIFFER = ("split", "structure_weights", "vggt_weights")
"""Both splits may be in one folder, and latents and features may be added later."""


@dataclass(frozen=True, eq=False)
class ConvertedData:
    """What a call converted.

    Attributes:
        out: Folder of the data.
        num_made: Scenes converted by this call.
        num_kept: Scenes that were already complete.
        num_objects: Objects in the scenes converted by this call.
        failed: Reason by name of each scene that could not be converted.
        num_without_file: Annotated images whose file is missing.
        left_out: Annotations left out, by scene.
        remarks: What is left out of the data, and how to add it.
    """

    out: Path
    num_made: int
    num_kept: int
    num_objects: int
    failed: dict[str, str]
    num_without_file: int
    left_out: dict[str, str]
    remarks: tuple[str, ...]


def convert_data_run(
    input: str | Path,
    output: str | Path,
    settings: ConvertDataSettings | None = None,
    *,
    num_workers: int = 1,
    overwrite: bool = False,
    progress: Progress = no_progress,
) -> ConvertedData:
    """Converts a 3D-FUTURE folder; completed scenes in the output folder are kept.

    Args:
        input: The 3D-FUTURE folder.
        output: Folder for the data; may hold what an earlier call with the same settings made.
        settings: How it is converted; None takes the defaults.
        num_workers: Number of processes; the bytes do not depend on it.
        overwrite: Whether data that was converted with other settings may be replaced.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        UnknownNameError: There is no such split.
        ConventionError: The number of processes is out of range.
        FormatError: It is not a 3D-FUTURE folder, or its annotations are damaged.
        OutputError: The folder cannot be written, or holds something else.
        WeightsError: Weights of an encoder are missing, damaged, or those of another network.
    """
    start = perf_counter()
    settings = settings or ConvertDataSettings()
    _check(settings, num_workers)
    source = open_future(input, split=settings.split)
    folder = RunFolder(output, overwrite=overwrite)
    begun = RunReport(
        verb="data convert",
        inputs={"folder": str(Path(input).resolve())},
        settings=settings_to_dict(settings),
        finished=False,
    )
    folder.claim(begun, settings=settings, ignore=_MAY_DIFFER, clear=remove_outputs)
    total = len(source.images)
    missing = [
        image
        for image in source.images
        if not part_file(folder.path, image.name, settings.split).is_file()
    ]
    task = partial(_convert, root=folder.path, settings=settings)
    outcomes: list[_Outcome] = []
    progress("scenes", total - len(missing), total, "scenes")
    jobs = [(source.only(one), one) for one in missing]
    with closing(in_processes(task, jobs, num_workers)) as converted:
        for outcome in converted:
            outcomes.append(outcome)
            progress("scenes", total - len(missing) + len(outcomes), total, "scenes")
    outcomes.sort(key=lambda outcome: outcome.name)
    write_tables(folder.path)
    add_encodings(
        folder.path,
        split=settings.split,
        structure_weights=settings.structure_weights,
        vggt_weights=settings.vggt_weights,
        progress=progress,
    )
    result = ConvertedData(
        folder.path,
        num_made=sum(not outcome.error for outcome in outcomes),
        num_kept=total - len(missing),
        num_objects=sum(outcome.num_objects for outcome in outcomes),
        failed={outcome.name: outcome.error for outcome in outcomes if outcome.error},
        num_without_file=source.num_without_file,
        left_out={outcome.name: outcome.left_out for outcome in outcomes if outcome.left_out},
        remarks=missing_encodings(folder.path),
    )
    folder.update(
        replace(
            begun,
            results=_results(result),
            seconds=perf_counter() - start,
            peak_memory_mb=peak_memory_mb(),
            finished=True,
        )
    )
    return result


def _check(settings: ConvertDataSettings, num_workers: int) -> None:
    check_split(settings.split)
    check_count("num_workers", num_workers, most=_MOST_WORKERS)
    check_encoders(structure_weights=settings.structure_weights, vggt_weights=settings.vggt_weights)


@dataclass(frozen=True)
class _Outcome:
    """The outcome of one scene."""

    name: str
    num_objects: int = 0
    left_out: str = ""
    error: str = ""


def _convert(
    item: tuple[FutureFolder, FutureImage], *, root: Path, settings: ConvertDataSettings
) -> _Outcome:
    """Converts a scene; an error in its content becomes an outcome, an output error is raised."""
    source, image = item
    try:
        record, skipped = convert_scene(
            source, image, root, split=settings.split, mesh_origin=settings.mesh_origin
        )
    except OutputError:
        raise
    except ScenewrightError as error:
        return _Outcome(image.name, error=str(error))
    return _Outcome(image.name, len(record.rows), str(skipped))


def _results(result: ConvertedData) -> dict[str, Any]:
    """The results of the last call, for the report."""
    return {
        "num_made": result.num_made,
        "num_kept": result.num_kept,
        "num_failed": len(result.failed),
        "num_objects": result.num_objects,
        "num_without_file": result.num_without_file,
        "failed": result.failed,
        "left_out": result.left_out,
    }
