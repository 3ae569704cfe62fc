"""Splat PLY: surfels in the form of 2D Gaussian splatting and of viewers for 3D Gaussians."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import FormatError, SurfelCloud
from scenewright.io._common import reading
from scenewright.io._gaussians import FLAT, Gaussians, SplatFile, surfels_of
from scenewright.io._ply_parse import Element, Header, parse_element, parse_header
from scenewright.io.atomic import atomic_file
from scenewright.io.ply import ply_head, read_ply_header

_MEANS = ("x", "y", "z")
_NORMALS = ("nx", "ny", "nz")
_BASE = ("f_dc_0", "f_dc_1", "f_dc_2")
_SCALES = ("scale_0", "scale_1", "scale_2")
_QUATS = ("rot_0", "rot_1", "rot_2", "rot_3")
_SIGNATURE = frozenset({"f_dc_0", "opacity", "scale_0", "rot_0"})
"""Columns that identify a splat PLY."""
_PACKED = "packed_position"
"""A column of the packed form that SuperSplat writes as ``.compressed.ply``."""
_FEATURES = ("feat", "segfeat")
_LARGEST_LOGIT = 104.0
"""Beyond this value, the opacity in float32 is 0 or 1."""
_LARGEST_LOG = 88.0
"""Logarithms of lengths beyond it are mistakes."""
_REST_SIZES = (0, 9, 24, 45)
_ENOUGH_ROWS = 50
"""Rows from which on the values of a column tell how they are stored."""
_SHORT_LOG = 0.5
"""Logarithms of lengths that are never below 0 have a median far above it in any unit."""


def write_splat_ply(
    path: str | os.PathLike[str],
    surfels: SurfelCloud,
    *,
    third_scale: bool = True,
    comments: Sequence[str] = (),
) -> None:
    """Writes surfels as a binary little-endian PLY.

    Columns, all float but one: x y z, nx ny nz, f_dc_0 to 2, f_rest_0 ... (all of red, then green,
    then blue), opacity (logit), scale_0 scale_1 (natural logarithm), rot_0 to 3 (w, x, y, z); then,
    if known, instance_id (int, 0 = none), instance_score, feat_0 ...

    Args:
        path: The `.ply` file.
        surfels: World frame, meters.
        third_scale: Whether to add scale_2 = ln(1e-6), which viewers of 3D Gaussians need and
            programs for 2D Gaussian splatting may not accept.
        comments: Lines for the header, such as ``"up 0 0 1"``.
    """
    n = len(surfels)
    opacity = surfels.opacities.astype(np.float64)[:, None]
    with np.errstate(divide="ignore"):
        logits = np.log(opacity) - np.log1p(-opacity)
    scales = np.log(surfels.scales)
    if third_scale:
        scales = np.column_stack([scales, np.full(n, np.log(FLAT), np.float32)])
    num_rest = 3 * (surfels.sh.shape[1] - 1)
    rest = surfels.sh[:, 1:].transpose(0, 2, 1).reshape(n, num_rest)
    blocks: list[tuple[Sequence[str], NDArray[Any]]] = [
        (_MEANS, surfels.means),
        (_NORMALS, surfels.normals()),
        (_BASE, surfels.sh[:, 0]),
        ([f"f_rest_{i}" for i in range(rest.shape[1])], rest),
        (("opacity",), np.clip(logits, -_LARGEST_LOGIT, _LARGEST_LOGIT)),
        (_SCALES[: scales.shape[1]], scales),
        (_QUATS, surfels.quats),
    ]
    if surfels.instance_id is not None:
        # The same four bytes, so that all columns fit into one table.
        same_bytes = surfels.instance_id.astype("<i4")[:, None].view("<f4")
        blocks.append((("instance_id",), same_bytes))
    if surfels.instance_score is not None:
        blocks.append((("instance_score",), surfels.instance_score[:, None]))
    if surfels.features is not None:
        names = [f"feat_{i}" for i in range(surfels.features.shape[1])]
        blocks.append((names, surfels.features))
    _write_blocks(path, blocks, comments)


def write_gaussian_ply(
    path: str | os.PathLike[str],
    gaussians: Gaussians,
    *,
    instance_id: NDArray[np.int32] | None = None,
    comments: Sequence[str] = (),
) -> None:
    """Writes Gaussians with a volume, in the form of 3D Gaussian splatting.

    The columns are those of `write_splat_ply`, with three scales; normals are 0.

    Args:
        path: The `.ply` file.
        gaussians: N Gaussians with three scales, world frame, meters.
        instance_id: (N,) int32, 0 = none; None if unknown.
        comments: Lines for the header.

    Raises:
        FormatError: There are not three scales.
    """
    n = len(gaussians.means)
    if gaussians.scales.shape != (n, 3):
        got = f"{gaussians.scales.shape}"
        raise FormatError(f"Gaussians for {path}", expected=f"scales ({n}, 3)", got=got)
    opacity = gaussians.opacities.astype(np.float64)[:, None]
    with np.errstate(divide="ignore"):
        logits = np.log(opacity) - np.log1p(-opacity)
    rest = gaussians.sh[:, 1:].transpose(0, 2, 1).reshape(n, 3 * (gaussians.sh.shape[1] - 1))
    blocks: list[tuple[Sequence[str], NDArray[Any]]] = [
        (_MEANS, gaussians.means),
        (_NORMALS, np.zeros((n, 3), np.float32)),
        (_BASE, gaussians.sh[:, 0]),
        ([f"f_rest_{i}" for i in range(rest.shape[1])], rest),
        (("opacity",), np.clip(logits, -_LARGEST_LOGIT, _LARGEST_LOGIT)),
        (_SCALES, np.log(gaussians.scales)),
        (_QUATS, gaussians.quats),
    ]
    if instance_id is not None:
        same_bytes = instance_id.astype("<i4")[:, None].view("<f4")
        blocks.append((("instance_id",), same_bytes))
    _write_blocks(path, blocks, comments)


def read_splat_ply(path: str | os.PathLike[str]) -> SplatFile:
    """Reads surfels from a PLY of 2D or 3D Gaussian splatting; columns in any order.

    Without f_rest columns the colors do not depend on the view. Gaussians with a volume become
    surfels, see `SplatFile.notes`. Columns segfeat_0 ... are read as features. Rows with NaN or
    infinity, or without a rotation, are left out, which a note reports; an infinite opacity is
    opaque or transparent by its sign, and a scale of -infinity is flat, as converters write them.

    Raises:
        FormatError: The file is missing, damaged or not a splat PLY, its scales are no logarithms,
            or NaN and infinity are in most of its rows.
    """
    with reading(path, "splat PLY"):
        data = memoryview(Path(path).read_bytes())
        table = _Table(path, data, parse_header(data))
        scales = table.block(_SCALES if "scale_2" in table.names else _SCALES[:2])
        opacity = table.block(("opacity",))[:, 0]
        _check_logarithms(path, scales[:, :2])
        gaussians = Gaussians(
            table.block(_MEANS),
            table.block(_QUATS),
            _activated(scales),
            _sigmoid(opacity),
            _harmonics(path, table),
        )
        known = table.names
        ids = table.integers("instance_id") if "instance_id" in known else None
        score = table.block(("instance_score",))[:, 0] if "instance_score" in known else None
        prefix = next((word for word in _FEATURES if f"{word}_0" in known), None)
        features = None if prefix is None else table.block(_numbered(known, prefix))
        found = surfels_of(
            path,
            gaussians,
            instance_id=ids,
            instance_score=score,
            features=features,
            usable=table.usable,
        )
        notes = [note for note in (table.note, _note_of_opacities(opacity)) if note is not None]
        return SplatFile(found.surfels, (*notes, *found.notes))


def _check_logarithms(path: str | os.PathLike[str], scales: NDArray[np.float32]) -> None:
    """Refuses scales that are lengths, which would make every splat larger than 1."""
    known = scales[np.isfinite(scales).all(axis=1)]
    if len(known) < _ENOUGH_ROWS or known.min() < 0 or np.median(known) > _SHORT_LOG:
        return
    raise FormatError(
        f"{os.fspath(path)}",
        expected="natural logarithms of lengths in scale_0 and scale_1",
        got=f"values from {known.min():.3g} to {known.max():.3g}, which look like lengths",
        do="Write numpy.log of the scales, and opacities as numpy.log(p / (1 - p)).",
    )


def _note_of_opacities(opacity: NDArray[np.float32]) -> str | None:
    known = opacity[np.isfinite(opacity)]
    is_share = len(known) >= _ENOUGH_ROWS and known.min() >= 0 and known.max() <= 1
    if not is_share or np.ptp(known) == 0:
        return None
    return (
        "All opacities are from 0 to 1 and were read as logits, as the format wants. If they are "
        "opacities, write numpy.log(p / (1 - p)) instead."
    )


def is_splat_ply(path: str | os.PathLike[str]) -> bool:
    """Whether a PLY has the columns of splats, packed or not; reads only the header.

    Raises:
        FormatError: The file is missing or not a PLY.
    """
    header = read_ply_header(path)
    names = {p.name for e in header.elements if e.name == "vertex" for p in e.properties}
    return names >= _SIGNATURE or _PACKED in names


class _Table:
    """The vertices of a file by groups of columns.

    Almost every splat PLY is a table of four-byte values. It is read as one array, because reading
    62 columns of a million rows one at a time is slow.
    """

    def __init__(self, path: str | os.PathLike[str], data: memoryview, header: Header) -> None:
        self._path = path
        first = header.elements[0] if header.elements else Element("", 0)
        self._columns: dict[str, Any] = {}
        self._words: NDArray[Any] | None = None
        if first.name == "vertex" and header.encoding and _all_four_bytes(first):
            size = first.count * len(first.properties)
            if header.start + 4 * size > len(data):
                raise ValueError(f"it ends within its {first.count} rows of vertex")
            order = header.encoding
            words = np.frombuffer(data, f"{order}u4", size, header.start)
            self._words = words.reshape(first.count, len(first.properties))
            self._order = order
            self._kinds = {prop.name: prop.dtype.str[1:] for prop in first.properties}
            self.names = list(self._kinds)
        else:
            self._columns = parse_element(data, header, "vertex") or {}
            self.names = list(self._columns)
        self._check_columns()
        count = first.count if self._words is not None else len(self._columns["x"])
        self.usable: NDArray[np.bool_] = np.ones(count, bool)
        self._bad: dict[str, int] = {}

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def _check_columns(self) -> None:
        wanted = (*_MEANS, *_BASE, "opacity", *_SCALES[:2], *_QUATS)
        missing = [name for name in wanted if name not in self]
        if not missing:
            return
        expected = "the columns of a splat PLY"
        if _PACKED in self:
            raise FormatError(
                f"{self._path}",
                expected=expected,
                got="the packed form of SuperSplat",
                do="Save it in SuperSplat as an uncompressed PLY.",
            )
        got = f"none called {', '.join(missing)}"
        raise FormatError(f"{self._path}", expected=expected, got=got)

    def block(self, names: Sequence[str]) -> NDArray[np.float32]:
        """(N, len(names)) float32; rows with NaN or infinity are marked as not usable."""
        if self._words is not None and all(self._kinds[name] == "f4" for name in names):
            start = self.names.index(names[0])
            stop = start + len(names)
            chosen: Any = [self.names.index(name) for name in names]
            if self.names[start:stop] == list(names):
                chosen = slice(start, stop)
            block = self._words[:, chosen].view(f"{self._order}f4").astype(np.float32)
        else:
            block = np.stack([self._column(name) for name in names], axis=1).astype(np.float32)
        self._mark(block, names)
        return block

    def integers(self, name: str) -> NDArray[np.int32]:
        """(N,) int32; also accepts integers that are stored as floats."""
        values = self._column(name)
        if values.dtype.kind == "f":
            self._mark(values[:, None], (name,))
            values = np.where(np.isfinite(values), values, 0)
            if not np.array_equal(values, np.rint(values)):
                raise FormatError(
                    f"{self._path}", expected=f"integers in {name}", got="other numbers"
                )
        if values.size and (values.min() < 0 or values.max() > np.iinfo(np.int32).max):
            raise FormatError(
                f"{self._path}",
                expected=f"0 to {np.iinfo(np.int32).max} in {name}",
                got=f"{values.min()} to {values.max()}",
            )
        return values.astype(np.int32)

    def _column(self, name: str) -> NDArray[Any]:
        if self._words is not None:
            column = self._words[:, self.names.index(name)]
            return np.ascontiguousarray(column).view(self._order + self._kinds[name])
        values = self._columns[name]
        if isinstance(values, list) or values.ndim != 1:
            raise FormatError(
                f"{self._path}", expected=f"a number per vertex in {name}", got="lists"
            )
        return np.asarray(values)

    def _mark(self, block: NDArray[np.floating], names: Sequence[str]) -> None:
        bad = ~np.isfinite(block)
        if names == ("opacity",):
            bad = np.isnan(block)
        elif names[0] == _SCALES[0]:
            # The largest logarithm of a length that float32 holds is 88.7.
            with np.errstate(invalid="ignore"):
                bad = ~(block < _LARGEST_LOG)
        elif names == _QUATS:
            bad[:, 0] |= (block == 0).all(axis=1)
        for name, count in zip(names, np.count_nonzero(bad, axis=0).tolist(), strict=True):
            if count:
                self._bad[name] = count
        self.usable &= ~bad.any(axis=1)
        if 2 * np.count_nonzero(self.usable) < len(self.usable):
            raise FormatError(
                f"{self._path}",
                expected="finite numbers",
                got=f"others in most of the {len(self.usable)} rows: {self._columns_of()}",
                do="The training that wrote it diverged; train again, or use an earlier "
                "checkpoint.",
            )

    @property
    def note(self) -> str | None:
        """A sentence about the rows that are not usable, or None."""
        number = int(np.count_nonzero(~self.usable))
        if not number:
            return None
        columns = self._columns_of()
        return (
            f"{number} of {len(self.usable)} rows without usable numbers were left out: {columns}"
        )

    def _columns_of(self) -> str:
        found = [f"{count} in {name}" for name, count in self._bad.items()]
        more = f" and {len(found) - 3} more columns" if len(found) > 3 else ""
        return f"{', '.join(found[:3])}{more}"


def _write_blocks(
    path: str | os.PathLike[str],
    blocks: Sequence[tuple[Sequence[str], NDArray[Any]]],
    comments: Sequence[str],
) -> None:
    names = [name for group, _ in blocks for name in group]
    n = len(blocks[0][1])
    table = np.zeros((n, len(names)), "<f4")
    start = 0
    for group, values in blocks:
        part = table[:, start : start + len(group)]
        if group == ("instance_id",):
            part.view("<i4")[:] = values.view("<i4")
        else:
            part[:] = values
        start += len(group)
    kinds = ["int" if name == "instance_id" else "float" for name in names]
    lines = [f"property {kind} {name}\n" for kind, name in zip(kinds, names, strict=True)]
    with atomic_file(path) as stream:
        stream.write(ply_head(comments, f"element vertex {n}\n{''.join(lines)}"))
        stream.write(table.data)


def _all_four_bytes(element: Element) -> bool:
    return all(p.count_dtype is None and p.dtype.itemsize == 4 for p in element.properties)


def _activated(scales: NDArray[np.float32]) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):
        return np.exp(scales)


def _sigmoid(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):
        return (1 / (1 + np.exp(-logits.astype(np.float64)))).astype(np.float32)


def _harmonics(path: str | os.PathLike[str], table: _Table) -> NDArray[np.float32]:
    names = _numbered(table.names, "f_rest")
    if len(names) not in _REST_SIZES:
        raise FormatError(
            f"{path}", expected="0, 9, 24 or 45 columns called f_rest", got=f"{len(names)}"
        )
    base = table.block(_BASE)[:, None, :]
    if not names:
        return base
    rest = table.block(names).reshape(len(base), 3, len(names) // 3).transpose(0, 2, 1)
    return np.concatenate([base, rest], axis=1)


def _numbered(names: Sequence[str], prefix: str) -> list[str]:
    """The columns prefix_0, prefix_1 ... sorted by number."""
    pattern = re.compile(rf"{prefix}_(\d+)")
    found = [(int(match[1]), name) for name in names if (match := pattern.fullmatch(name))]
    if sorted(number for number, _ in found) != list(range(len(found))):
        raise ValueError(f"its columns {prefix} are not numbered 0, 1, ...")
    return [name for _, name in sorted(found)]
