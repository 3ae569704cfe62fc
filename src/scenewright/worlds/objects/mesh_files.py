"""Reads one mesh file, without access to anything outside its folder."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from scenewright.core import FormatError, Mesh
from scenewright.worlds.objects.model import Material, Part

SUFFIXES = (".glb", ".obj", ".ply")
_UP = {".glb": "y", ".obj": "y", ".ply": "z"}
_GREY = (0.6, 0.6, 0.6)
_LARGEST_IMAGE = 64_000_000
_LARGEST_SIDE_FILE = 64 * 2**20


def read_parts(
    path: Path, *, root: Path, up: str | None, max_triangles: int, max_texture: int
) -> tuple[Part, ...]:
    """The parts of a mesh file, z up, in the unit of the file.

    Args:
        path: A ``.glb``, ``.obj`` or ``.ply`` file.
        root: Folder within which the file may reference other files.
        up: ``"y"`` or ``"z"``; None = y for GLB and OBJ, z for PLY.
        max_triangles: Maximum number of triangles.
        max_texture: Maximum side length of a texture, pixels; larger ones are reduced.

    Raises:
        FormatError: The file cannot be parsed, has no surface or too many triangles, or
            references files outside `root`.
    """
    suffix = path.suffix.lower()
    data = path.read_bytes()
    for name in _references(data, suffix, path.parent, root):
        _inside(name, path.parent, root)
    scene = _load(data, suffix, _resolver(path.parent, root))
    parts = []
    total = 0
    for node in sorted(scene.graph.nodes_geometry, key=str):
        matrix, geometry = scene.graph[node]
        shape = scene.geometry[geometry]
        faces = getattr(shape, "faces", None)
        if faces is None or len(faces) == 0:
            continue
        total += len(faces)
        if total > max_triangles:
            raise FormatError("mesh", expected=f"at most {max_triangles} triangles", got="more")
        parts.append(_part(str(geometry), shape, matrix, (up or _UP[suffix]) == "y", max_texture))
    if not parts:
        raise FormatError("mesh", expected="triangles", got="none")
    return tuple(parts)


def _load(data: bytes, suffix: str, resolver: Any) -> Any:
    # Importing trimesh takes half a second, which generated objects do not need.
    import trimesh

    try:
        return trimesh.load_scene(
            io.BytesIO(data), file_type=suffix[1:], resolver=resolver, process=False
        )
    except Exception as error:  # trimesh and its readers raise exceptions of any type
        raise FormatError("mesh", expected=f"a {suffix} file", got=f"{error}"[:120]) from error


def _part(name: str, shape: Any, matrix: NDArray[Any], y_up: bool, max_texture: int) -> Part:
    points = np.asarray(shape.vertices, np.float64)
    faces = np.asarray(shape.faces, np.int64)
    if not np.isfinite(points).all() or not np.isfinite(matrix).all():
        raise FormatError("mesh", expected="finite vertices", got="NaN or infinite ones")
    if faces.min() < 0 or faces.max() >= len(points):
        raise FormatError("mesh", expected=f"indices below {len(points)}", got=f"{faces.max()}")
    points = points @ matrix[:3, :3].T + matrix[:3, 3]
    if np.linalg.det(matrix[:3, :3]) < 0:
        faces = faces[:, ::-1]
    if y_up:
        points = points[:, [0, 2, 1]] * (1, -1, 1)
    material, uv, colors = _appearance(shape, faces, max_texture)
    if colors is not None and len(colors) == len(faces):
        # Face colors: every face gets separate vertices.
        points, colors = points[faces.ravel()], np.repeat(colors, 3, axis=0)
        faces = np.arange(len(points)).reshape(-1, 3)
    mesh = Mesh(points.astype(np.float32), faces.astype(np.int32), colors)
    return Part(name, mesh, material, uv)


def _appearance(
    shape: Any, faces: NDArray[np.int64], max_texture: int
) -> tuple[Material, NDArray[np.float32] | None, NDArray[np.uint8] | None]:
    """Material, texture coordinates of the face corners, and colors of vertices or faces."""
    visual = shape.visual
    if visual.kind == "vertex":
        return Material(_GREY), None, np.asarray(visual.vertex_colors, np.uint8)[:, :3]
    if visual.kind == "face":
        return Material(_GREY), None, np.asarray(visual.face_colors, np.uint8)[:, :3]
    if visual.kind != "texture":
        return Material(_GREY), None, None
    source = visual.material
    image = getattr(source, "baseColorTexture", None) or getattr(source, "image", None)
    tint = _tint(source)
    uv = None if visual.uv is None else np.asarray(visual.uv, np.float64)
    if image is None or uv is None or len(uv) != len(shape.vertices):
        return Material((float(tint[0]), float(tint[1]), float(tint[2]))), None, None
    corners = np.nan_to_num(uv)[faces].astype(np.float32)
    pixels = _pixels(image, max_texture)
    if (tint < 1).any():
        pixels = np.rint(pixels * tint).astype(np.uint8)
    red, green, blue = (float(value) for value in pixels.reshape(-1, 3).mean(axis=0) / 255)
    return Material((red, green, blue), image=pixels), corners, None


def _tint(source: Any) -> NDArray[np.float64]:
    """(3,) color factor of a material, sRGB."""
    factor = getattr(source, "baseColorFactor", None)
    linear = factor is not None
    if factor is None:
        factor = getattr(source, "diffuse", None)
    if factor is None:
        return np.ones(3)
    values = np.asarray(factor)
    tint = values[:3].astype(np.float64) / (255 if values.dtype.kind == "u" else 1)
    tint = np.clip(tint, 0, 1)
    if linear:  # glTF stores linear values
        tint = np.where(tint <= 0.0031308, 12.92 * tint, 1.055 * tint ** (1 / 2.4) - 0.055)
    return np.asarray(tint, np.float64)


def _pixels(image: Any, max_texture: int) -> NDArray[np.uint8]:
    width, height = image.size
    if width * height > _LARGEST_IMAGE:
        raise FormatError(
            "texture", expected=f"at most {_LARGEST_IMAGE} pixels", got=f"{width} x {height}"
        )
    try:
        small = image.convert("RGB")
        small.thumbnail((max_texture, max_texture))
    except OSError as error:
        raise FormatError("texture", expected="an image", got=str(error)[:120]) from error
    return np.ascontiguousarray(small, np.uint8)


def _references(data: bytes, suffix: str, folder: Path, root: Path) -> Iterator[str]:
    """Names of the files that a mesh file references."""
    if suffix == ".glb":
        yield from _glb_references(data)
    elif suffix == ".ply":
        header = data[: data.find(b"end_header")].decode("ascii", "replace")
        for line in header.splitlines():
            if line.lower().startswith("comment texturefile"):
                yield line.split(maxsplit=2)[2].strip()
    else:
        for name in _words_after(data, ("mtllib",)):
            yield name
            library = _inside(name, folder, root)
            if library.is_file() and library.stat().st_size <= _LARGEST_SIDE_FILE:
                yield from _words_after(library.read_bytes(), ("map_", "bump", "disp", "refl"))


def _words_after(data: bytes, starts: tuple[str, ...]) -> Iterator[str]:
    for line in data.decode("utf-8", "replace").splitlines():
        words = line.strip().split()
        if len(words) > 1 and words[0].lower().startswith(starts):
            # Options come before the name.
            yield words[-1]


def _glb_references(data: bytes) -> Iterator[str]:
    if len(data) < 20 or data[:4] != b"glTF":
        raise FormatError("mesh", expected="a GLB file", got="other bytes")
    length = struct.unpack("<I", data[12:16])[0]
    try:
        tree = json.loads(data[20 : 20 + length])
        lists = [tree.get(name) or [] for name in ("buffers", "images")]
        uris = [one.get("uri") for entries in lists for one in entries]
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        raise FormatError("mesh", expected="a GLB file", got="a broken JSON part") from error
    for uri in uris:
        if isinstance(uri, str) and not uri.startswith("data:"):
            yield unquote(uri)


def _inside(name: str, folder: Path, root: Path) -> Path:
    """The file that a name in a mesh file refers to; it must be inside `root`."""
    plain = name.replace("\\", "/")
    outside = PurePosixPath(plain).is_absolute() or PureWindowsPath(name).drive or "://" in name
    target = (folder / plain).resolve()
    if outside or not target.is_relative_to(root.resolve()):
        raise FormatError("reference", expected="a file inside the folder", got=name)
    return target


def _resolver(folder: Path, root: Path) -> Any:
    """A resolver that gives trimesh access to files inside `root` only."""
    from trimesh.resolvers import Resolver

    class Inside(Resolver):
        def __init__(self) -> None:
            """Has no state: the folders come from the closure."""

        def get(self, name: str) -> bytes:
            target = _inside(name, folder, root)
            if target.stat().st_size > _LARGEST_SIDE_FILE:
                raise FormatError("reference", expected="at most 64 MiB", got=name)
            return target.read_bytes()

        def keys(self) -> list[str]:
            return [path.name for path in sorted(folder.iterdir()) if path.is_file()]

        def write(self, name: str, data: bytes) -> None:
            raise FormatError("reference", expected="reading only", got=name)

        def namespaced(self, namespace: str) -> Inside:
            raise FormatError("reference", expected="a file inside the folder", got=namespace)

    return Inside()
