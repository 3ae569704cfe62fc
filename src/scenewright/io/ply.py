"""PLY: points with instance ids, and triangle meshes; meters, without defined axes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import FormatError, Mesh, PointCloud, ShapeError
from scenewright.io._common import reading
from scenewright.io._ply_parse import Column, Header, parse_element, parse_header
from scenewright.io.atomic import write_bytes

_XYZ = ("x", "y", "z")
_NORMAL = ("nx", "ny", "nz")
_COLOR_NAMES = (("red", "green", "blue"), ("r", "g", "b"))
_INSTANCE_NAMES = ("instance_id", "instance")
_FACE_NAMES = ("vertex_indices", "vertex_index")


def write_ply_points(
    path: str | os.PathLike[str], cloud: PointCloud, *, comments: Sequence[str] = ()
) -> None:
    """Writes points as a binary little-endian PLY.

    Columns: x y z (float, meters), nx ny nz (float) if there are normals, red green blue (uchar)
    if there are colors, instance_id (int, 0 = none) if there are instance ids.

    Args:
        path: The `.ply` file.
        cloud: Points in the world frame.
        comments: Lines for the header, such as ``"up 0 0 1"``.
    """
    columns: list[tuple[str, NDArray[Any]]] = [*zip(_XYZ, cloud.points.T, strict=True)]
    if cloud.normals is not None:
        columns += zip(_NORMAL, cloud.normals.T, strict=True)
    if cloud.colors is not None:
        columns += zip(_COLOR_NAMES[0], cloud.colors.T, strict=True)
    if cloud.instance_id is not None:
        columns.append(("instance_id", cloud.instance_id))
    header, rows = _vertex_block(columns, len(cloud))
    write_bytes(path, ply_head(comments, header) + rows)


def write_ply_mesh(
    path: str | os.PathLike[str], mesh: Mesh, *, comments: Sequence[str] = ()
) -> None:
    """Writes a triangle mesh as a binary little-endian PLY, meters.

    Args:
        path: The `.ply` file.
        mesh: Vertices in meters; colors become red green blue (uchar). A PLY has no texture: each
            vertex gets the color of the texel at its position.
        comments: Lines for the header.
    """
    columns: list[tuple[str, NDArray[Any]]] = [*zip(_XYZ, mesh.vertices.T, strict=True)]
    colors = mesh.colors_at_vertices()
    if colors is not None:
        columns += zip(_COLOR_NAMES[0], colors.T, strict=True)
    header, rows = _vertex_block(columns, len(mesh.vertices))
    faces = np.zeros(len(mesh.faces), [("count", "u1"), ("index", "<i4", (3,))])
    faces["count"] = 3
    faces["index"] = mesh.faces
    header += f"element face {len(faces)}\nproperty list uchar int vertex_indices\n"
    write_bytes(path, ply_head(comments, header) + rows + faces.tobytes())


def read_ply_points(path: str | os.PathLike[str]) -> PointCloud:
    """Reads the vertices of a PLY as points; faces are ignored.

    Colors are read from red green blue (or r g b), instance ids from instance_id (or instance).

    Raises:
        FormatError: The file is missing or damaged, or has no x, y, z.
    """
    columns = read_ply_columns(path)
    with reading(path, "PLY file"):
        name = next((n for n in _INSTANCE_NAMES if n in columns), None)
        ids = None if name is None else _scalar(path, columns, name)
        if ids is not None and ids.dtype.kind == "f" and np.array_equal(ids, np.rint(ids)):
            # Some programs, such as CloudCompare, write every extra column as float.
            ids = ids.astype(np.int64)
        return PointCloud(
            _columns(path, columns, _XYZ).astype(np.float32),
            _colors(path, columns),
            _columns(path, columns, _NORMAL).astype(np.float32) if "nx" in columns else None,
            ids,
        )


def read_ply_mesh(path: str | os.PathLike[str]) -> Mesh:
    """Reads a triangle mesh; larger polygons become triangle fans.

    Raises:
        FormatError: The file is missing or damaged, or has no faces.
    """
    columns = read_ply_columns(path)
    faces = read_ply_columns(path, element="face")
    with reading(path, "PLY mesh"):
        name = next((n for n in _FACE_NAMES if n in faces), None)
        if name is None:
            raise FormatError(f"{path}", expected="faces with vertex_indices", got=str([*faces]))
        return Mesh(
            _columns(path, columns, _XYZ).astype(np.float32),
            _triangles(faces[name]),
            _colors(path, columns),
        )


def read_ply_columns(path: str | os.PathLike[str], *, element: str = "vertex") -> dict[str, Column]:
    """Reads all properties of one element by name, in the types that the file declares.

    Args:
        path: A PLY, as text or binary of either byte order.
        element: Name of the element.

    Returns:
        Per property: (N,) values, or for a list (N, K) if all rows are equally long and else a
        list of N arrays.

    Raises:
        FormatError: The file is missing, damaged or truncated, or lacks the element.
    """
    with reading(path, "PLY file"):
        data = memoryview(Path(path).read_bytes())
        header = parse_header(data)
        columns = parse_element(data, header, element)
        if columns is None:
            got = ", ".join(e.name for e in header.elements) or "none"
            raise FormatError(f"{path}", expected=f"an element called {element}", got=got)
        return columns


def read_ply_header(path: str | os.PathLike[str]) -> Header:
    """Reads only the header: elements, their counts and properties, comments.

    Raises:
        FormatError: The file is missing, or its header is invalid.
    """
    with reading(path, "PLY file"), open(path, "rb") as stream:
        return parse_header(stream.read(1 << 20))


def _vertex_block(columns: Sequence[tuple[str, NDArray[Any]]], count: int) -> tuple[str, bytes]:
    kinds = {"f4": "float", "u1": "uchar", "i4": "int"}
    table = np.zeros(count, [(name, values.dtype.newbyteorder("<")) for name, values in columns])
    for name, values in columns:
        table[name] = values
    lines = [f"property {kinds[values.dtype.str[1:]]} {name}\n" for name, values in columns]
    return f"element vertex {count}\n" + "".join(lines), table.tobytes()


def ply_head(comments: Sequence[str], elements: str) -> bytes:
    """The header of a binary little-endian PLY.

    Args:
        comments: One line each.
        elements: Lines of the elements and their properties.

    Raises:
        FormatError: A comment has more than one line.
    """
    lines = ["ply", "format binary_little_endian 1.0", "comment scenewright, metres"]
    for text in comments:
        if not text.isprintable():
            raise FormatError("PLY comment", expected="one line of text", got=repr(text)[:60])
        lines.append(f"comment {text}")
    return ("\n".join(lines) + "\n" + elements + "end_header\n").encode("utf-8")


def _scalar(path: str | os.PathLike[str], columns: dict[str, Column], name: str) -> NDArray[Any]:
    column = columns.get(name)
    if column is None or isinstance(column, list) or column.ndim != 1:
        raise FormatError(
            f"{path}", expected=f"a number per vertex called {name}", got=", ".join(columns)
        )
    return column


def _columns(
    path: str | os.PathLike[str], columns: dict[str, Column], names: Sequence[str]
) -> NDArray[Any]:
    return np.stack([_scalar(path, columns, name) for name in names], axis=1)


def _colors(path: str | os.PathLike[str], columns: dict[str, Column]) -> NDArray[np.uint8] | None:
    for names in _COLOR_NAMES:
        if all(name in columns for name in names):
            values = _columns(path, columns, names)
            if values.dtype.kind == "f":
                # By convention, floating-point colors are in [0, 1].
                values = np.rint(np.clip(values, 0.0, 1.0) * 255).astype(np.uint8)
            if values.dtype != np.uint8 and values.size and values.max() > 255:
                raise ShapeError("colors", expected="values up to 255", got=str(values.max()))
            return values.astype(np.uint8)
    return None


def _triangles(rows: Column) -> NDArray[np.int32]:
    if isinstance(rows, np.ndarray) and rows.ndim == 2 and rows.shape[1] == 3:
        return rows.astype(np.int32)
    fans = [
        np.stack([np.full(len(row) - 2, row[0]), row[1:-1], row[2:]], axis=1)
        for row in rows
        if len(row) >= 3
    ]
    return np.concatenate(fans).astype(np.int32) if fans else np.zeros((0, 3), np.int32)
