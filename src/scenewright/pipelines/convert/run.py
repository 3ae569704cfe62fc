"""``scenewright convert``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from scenewright.core import Asset, FormatError, OutputError, Scene, UnknownNameError
from scenewright.io import atomic_folder, instance_name, load_scene, save
from scenewright.pipelines.convert.settings import ConvertSettings
from scenewright.pipelines.sources.scenes import choose_instances, given_up
from scenewright.simulation import (
    FORMATS,
    at_rest,
    simulation_format,
    simulation_scene,
    write_simulation,
)

_REST = "rest"
_SPLIT = (".glb", ".obj", ".stl", ".ply")
_FILES = (*_SPLIT, ".npz", ".txt", ".json", ".html")


@dataclass(frozen=True, eq=False)
class Converted:
    """What was written.

    Attributes:
        path: File or folder.
        scene: The scene that was written.
        form: What a folder holds, such as ``"scene folder"``; "" for a file, whose suffix says it,
            and for a folder of one file per object.
        files: Names of the files in the folder, if there is one per object.
        notes: What was decided for a simulator, a sentence each.
    """

    path: Path
    scene: Scene
    form: str = ""
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def convert_run(
    input: str | Path,
    output: str | Path,
    settings: ConvertSettings | None = None,
    *,
    overwrite: bool = False,
) -> Converted:
    """Reads a scene and writes it in another format, chosen by suffix.

    Args:
        input: Run, scene folder, .glb, .ply or .json.
        output: File or folder to make.
        settings: Which instances are written; None takes all.
        overwrite: Whether an existing output may be replaced.

    Raises:
        FormatError: The input cannot be read, or the scene lacks what the format stores.
        ConventionError: There is no such instance.
        OutputError: The output exists, cannot be written, or is named like a file where a folder
            is asked for.
    """
    settings = settings or ConvertSettings()
    form = simulation_format(output)
    if settings.split:
        _check_folder_name(Path(output), form)
    scene = load_scene(input)
    if settings.only or settings.without:
        scene = choose_instances(scene, only=settings.only, without=settings.without)
    scene = replace(scene, up=given_up(settings.up, scene))
    if settings.split:
        files = _split(scene, output, settings, overwrite=overwrite)
        return Converted(Path(output), scene, files=files)
    if form is not None:
        bodies = at_rest(simulation_scene(scene))
        write_simulation(output, bodies, overwrite=overwrite)
        held = FORMATS[form] if form.startswith("-") else ""
        return Converted(Path(output), scene, held, notes=bodies.notes)
    save(scene, output, overwrite=overwrite)
    return Converted(Path(output), scene, "" if Path(output).suffix else "scene folder")


def _check_folder_name(output: Path, form: str | None) -> None:
    """Refuses names of files and of simulator folders for a folder of one file per object."""
    end = output.suffix.lower() if form is None else form
    if form is None and end not in _FILES:
        return
    do = "Choose another name for the folder."
    if end in _SPLIT:
        do = f"Use '{output.with_suffix('')} --split --split-type {end[1:]}'."
    kind = "a file" if end.startswith(".") else "a folder for a simulator"
    raise OutputError(
        f"Cannot split into {output}", expected="the name of a folder",
        got=f"a name for {kind} ({end})", do=do,
    )  # fmt: skip


def _split(
    scene: Scene, output: str | Path, settings: ConvertSettings, *, overwrite: bool
) -> tuple[str, ...]:
    """Writes one file per object and one for the rest; returns their names."""
    suffix = f".{settings.split_type.lower().removeprefix('.')}"
    if suffix not in _SPLIT:
        raise UnknownNameError(
            f"--split-type {settings.split_type}", expected=f"one of {', '.join(_SPLIT)}"
        )
    parts = {
        instance_name(row.id, row.label): scene.only(row.id)
        for row in scene.instances
        if suffix == ".ply" or _has_mesh(scene.assets.get(row.id))
    }
    if suffix != ".ply" and _has_mesh(scene.rest):
        parts[_REST] = replace(scene.keep(scene.instances[:0]), points=None, surfels=None)
    if not parts:
        raise FormatError(
            f"Cannot split into {output}",
            expected="a scene whose instances have meshes",
            got="no mesh at all",
            do="Use --split-type ply for points.",
        )
    with atomic_folder(output, overwrite=overwrite) as folder:
        for name, part in parts.items():
            save(part, folder / f"{name}{suffix}")
    return tuple(f"{name}{suffix}" for name in parts)


def _has_mesh(asset: Asset | None) -> bool:
    return asset is not None and asset.mesh is not None and len(asset.mesh.faces) > 0
