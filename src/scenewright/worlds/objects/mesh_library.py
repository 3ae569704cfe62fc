"""A library of objects from a folder of mesh files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenewright.core import CaptureError, ConventionError, FormatError, Mesh, ScenewrightError
from scenewright.worlds.objects.mesh_categories import category_from_name, typical_size
from scenewright.worlds.objects.mesh_files import SUFFIXES, read_parts
from scenewright.worlds.objects.mesh_repair import SolidFrom, solid_of
from scenewright.worlds.objects.model import ObjectModel, Part

_ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".usdz", ".zae")
_LARGEST_FILE = 256 * 2**20
_SLACK = 1.15
"""Factor by which a plausible longest extent may exceed the range of its category."""

_FAR = 4.0
"""In a metric folder, a file that is off its range by this factor has another unit."""

_METRIC = 0.6
"""Minimum share of plausible files of known category in a metric folder."""


@dataclass(frozen=True, eq=False)
class LibraryObject:
    """An object from one mesh file.

    Attributes:
        name: Path of the file relative to the folder, with forward slashes.
        model: The object, with its `solid`.
        solid_from: How the solid was made: the mesh ``"as is"``, ``"repaired"`` or
            ``"approximated"``.
        factor: Meters per unit of the file.
        size_from: Source of the factor: ``"the file"`` (in meters), ``"unit"``,
            ``"its category"`` or ``"its folder"``.
    """

    name: str
    model: ObjectModel
    solid_from: SolidFrom
    factor: float
    size_from: str


@dataclass(frozen=True)
class SkippedFile:
    """A file that could not be used.

    Attributes:
        name: Path of the file relative to the folder, with forward slashes.
        reason: Why it was skipped.
    """

    name: str
    reason: str


@dataclass(frozen=True, eq=False)
class ObjectLibrary:
    """The objects of a folder of meshes.

    Attributes:
        folder: The folder.
        objects: The objects, sorted by name.
        skipped: The files that could not be used, sorted by name.
    """

    folder: Path
    objects: tuple[LibraryObject, ...]
    skipped: tuple[SkippedFile, ...]

    def __len__(self) -> int:
        return len(self.objects)

    @property
    def models(self) -> tuple[ObjectModel, ...]:
        """The object models."""
        return tuple(entry.model for entry in self.objects)

    @property
    def counts(self) -> dict[str, int]:
        """Number of solids by how they were made, and of skipped files."""
        found = Counter(entry.solid_from for entry in self.objects)
        kinds: tuple[SolidFrom, ...] = ("as is", "repaired", "approximated")
        return {**{kind: found[kind] for kind in kinds}, "skipped": len(self.skipped)}

    def report(self) -> str:
        """A text report of what was read and what was skipped."""
        counts = ", ".join(f"{number} {kind}" for kind, number in self.counts.items())
        lines = [f"{len(self)} objects in {self.folder}: {counts}"]
        lines += [f"skipped {one.name}: {one.reason}" for one in self.skipped]
        return "\n".join(lines)


def read_object_folder(
    path: str | Path,
    *,
    unit: float | None = None,
    up: str | None = None,
    categories: Mapping[str, str] | None = None,
    max_triangles: int = 100_000,
    max_texture: int = 256,
) -> ObjectLibrary:
    """Reads all GLB, OBJ and PLY files of a folder and its subfolders.

    A file that cannot be used is skipped with a reason and does not affect the others. Scale: if
    at least three in five files of one folder with a known category have a plausible longest
    extent in meters, the folder is metric, and only files far outside the range of their category
    are scaled; otherwise all of its files are scaled to the middle of the range of their category,
    those of unknown category by the median factor of the folder.

    Args:
        path: The folder.
        unit: Meters per unit of all files; None = by the rule above.
        up: ``"y"`` or ``"z"`` for all files; None = y for GLB and OBJ, z for PLY. The front is
            +z in files with y up, and -y in files with z up.
        categories: Label by relative file name; other labels are derived from file names.
        max_triangles: Files with more triangles are skipped.
        max_texture: Maximum side length of a texture, pixels; larger ones are reduced.

    Raises:
        CaptureError: The folder does not exist.
        ConventionError: `unit` is not above 0, or `up` is not an axis.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise CaptureError(f"{folder}", expected="a folder of meshes", got="not a folder")
    if unit is not None and not (np.isfinite(unit) and unit > 0):
        raise ConventionError("unit", expected="meters above 0", got=f"{unit:g}")
    if up not in (None, "y", "z"):
        raise ConventionError("up", expected="'y', 'z' or None", got=repr(up))
    read: dict[str, tuple[Part, ...]] = {}
    skipped: list[SkippedFile] = []
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder).as_posix()
        suffix = file.suffix.lower()
        if suffix not in (*SUFFIXES, *_ARCHIVES) or file.is_dir():
            continue
        try:
            _check_file(file, folder)
            read[name] = read_parts(
                file, root=folder, up=up, max_triangles=max_triangles, max_texture=max_texture
            )
        except (ScenewrightError, OSError, MemoryError) as error:
            skipped.append(SkippedFile(name, str(error) or type(error).__name__))
    labels = {name: (categories or {}).get(name) or category_from_name(name) for name in read}
    extents = {name: _longest(parts) for name, parts in read.items()}
    objects: list[LibraryObject] = []
    factors = _factors(labels, extents, unit)
    for name, parts in read.items():
        try:
            factor, source = factors[name]
            model, how = _object(labels[name], parts, factor)
            objects.append(LibraryObject(name, model, how, factor, source))
        except ScenewrightError as error:
            skipped.append(SkippedFile(name, str(error)))
    skipped.sort(key=lambda one: one.name)
    return ObjectLibrary(folder, tuple(objects), tuple(skipped))


def _check_file(file: Path, folder: Path) -> None:
    if file.suffix.lower() in _ARCHIVES:
        raise FormatError("archive", expected="plain files", do="Unpack it first.")
    if not file.resolve().is_relative_to(folder.resolve()):
        raise FormatError("link", expected="a file inside the folder", got="one outside")
    size = file.stat().st_size
    if size == 0:
        raise FormatError("mesh", expected="some bytes", got="an empty file")
    if size > _LARGEST_FILE:
        raise FormatError("mesh", expected="at most 256 MiB", got=f"{size / 2**20:.0f} MiB")


def _longest(parts: tuple[Part, ...]) -> float:
    points = np.concatenate([part.mesh.vertices[part.mesh.faces.ravel()] for part in parts])
    return float(np.ptp(points, axis=0).max())


def _factors(
    labels: Mapping[str, str], extents: Mapping[str, float], unit: float | None
) -> dict[str, tuple[float, str]]:
    """Meters per unit of every file, and the source of that factor."""
    if unit is not None:
        return {name: (unit, "unit") for name in extents}
    result: dict[str, tuple[float, str]] = {}
    folders: dict[str, list[str]] = {}
    for name in extents:
        folders.setdefault(name.rpartition("/")[0], []).append(name)
    for names in folders.values():
        known = {name: typical_size(labels[name]) for name in names if extents[name] > 0}
        ranges = {name: size for name, size in known.items() if size is not None}
        middles = {name: float(np.sqrt(low * high)) for name, (low, high) in ranges.items()}
        plausible = {
            name
            for name, (low, high) in ranges.items()
            if low / _SLACK <= extents[name] <= high * _SLACK
        }
        metric = len(plausible) >= _METRIC * len(ranges)
        # A file that is far off in a metric folder has a different unit.
        far = {
            name
            for name, (low, high) in ranges.items()
            if not low / _FAR <= extents[name] <= high * _FAR
        }
        ratios = [middles[name] / extents[name] for name in ranges]
        median = float(np.median(ratios)) if ratios else 1.0
        for name in names:
            if name in ranges and (not metric or name in far):
                result[name] = (middles[name] / extents[name], "its category")
            else:
                result[name] = (1.0, "the file") if metric else (median, "its folder")
    return result


def _object(label: str, parts: tuple[Part, ...], factor: float) -> tuple[ObjectModel, SolidFrom]:
    """The object scaled, centered and placed on the ground, with its solid."""
    kept = tuple(part for part in parts if len(part.mesh.faces))
    points = np.concatenate([part.mesh.vertices[part.mesh.faces.ravel()] for part in kept])
    low, high = points.min(axis=0).astype(np.float64), points.max(axis=0).astype(np.float64)
    if not float((high - low).max()) * factor > 1e-4:
        raise FormatError("mesh", expected="an extent above 0.1 mm", got="less")
    offset = np.array(((low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]))
    placed = tuple(
        replace(part, mesh=replace(part.mesh, vertices=_placed(part, offset, factor)))
        for part in kept
    )
    solid, how = solid_of(placed)
    return ObjectModel(label, placed, solid=_grounded(solid)), how


def _placed(part: Part, offset: NDArray[np.float64], factor: float) -> NDArray[np.float32]:
    points = (part.mesh.vertices.astype(np.float64) - offset) * factor
    result: NDArray[np.float32] = points.astype(np.float32)
    return result


def _grounded(solid: Mesh) -> Mesh:
    """The solid shifted up to the ground; a thickened sheet may extend below it."""
    points = solid.vertices.copy()
    points[:, 2] -= min(0.0, float(points[:, 2].min()))
    return replace(solid, vertices=points)
