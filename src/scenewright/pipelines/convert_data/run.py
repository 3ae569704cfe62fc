"""``scenewright data convert``: a 3D-FUTURE folder in the layout of SceneGen."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
from scenewright.worlds.generation import add_encodings, convert_scene, open_future

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
    overwrite: bool = False,
    progress: Progress = no_progress,
) -> ConvertedData:
    """Converts a 3D-FUTURE folder; completed scenes in the output folder are kept.

    Args:
        input: The 3D-FUTURE folder.
        output: Folder for the data; may hold what an earlier call with the same settings made.
        settings: How it is converted; None takes the defaults.
        overwrite: Whether data that was converted with other settings may be replaced.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        UnknownNameError: There is no such split.
        FormatError: It is not a 3D-FUTURE folder, or its annotations are damaged.
        OutputError: The folder cannot be written, or holds something else.
    """
    start = perf_counter()
    settings = settings or ConvertDataSettings()
    check_split(settings.split)
    source = open_future(input, split=settings.split)
    folder = RunFolder(output, overwrite=overwrite)
    begun = RunReport(
        verb="data convert",
        inputs={"folder": str(Path(input).resolve())},
        settings=settings_to_dict(settings),
        finished=False,
    )
    is_new = folder.claim(begun, settings=settings, ignore=_MAY_DIFFER)
    if is_new:
        remove_outputs(folder.path)
    made, kept, objects = 0, 0, 0
    failed: dict[str, str] = {}
    left_out: dict[str, str] = {}
    for done, image in enumerate(source.images, start=1):
        if part_file(folder.path, image.name, settings.split).is_file():
            kept += 1
        else:
            try:
                record, skipped = convert_scene(
                    source,
                    image,
                    folder.path,
                    split=settings.split,
                    mesh_origin=settings.mesh_origin,
                )
            except OutputError:
                raise
            except ScenewrightError as error:
                failed[image.name] = str(error)
            else:
                made, objects = made + 1, objects + len(record.rows)
                if str(skipped):
                    left_out[image.name] = str(skipped)
        progress("scenes", done, len(source.images), "scenes")
    write_tables(folder.path)
    add_encodings(
        folder.path,
        split=settings.split,
        structure_weights=settings.structure_weights,
        vggt_weights=settings.vggt_weights,
        progress=progress,
    )
    result = ConvertedData(
        folder.path, made, kept, objects, failed, source.num_without_file, left_out,
        missing_encodings(folder.path),
    )  # fmt: skip
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
