"""A page that shows a scene: one file, opened by a browser without a server or a network.

The page holds its script, its style and the geometry. Labels and other texts are data, never
markup; a content security policy allows the page's script and style by their hashes and nothing
else.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import FormatError, Instance, Scene, instance_colors
from scenewright.core.palette import Color
from scenewright.geometry.scene_layers import Layer, facing_of, scene_layers
from scenewright.geometry.viewing import direction, facing_areas, framed_bounds, level_axes
from scenewright.io._common import reading
from scenewright.io._view_packing import packed
from scenewright.io.atomic import write_bytes

MAX_BYTES = 20_000_000
"""Largest page; a larger scene is shown coarser."""
ELEVATION_DEG = 38.0
"""Elevation of the first view."""
CORNERS_DEG = (35.0, 125.0, 215.0, 305.0)
"""Azimuths of the first view, of which the most open one is taken."""
_Y_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
"""Level axes of the page (x right, y up, z towards the viewer) from level axes with z up."""
_COARSER = 1.25
_MARGIN = 0.06
"""Added to each side of the framed bounds, share of their size."""
_FILES = "viewer"
_GENERATOR = '<meta name="generator" content="Scenewright">'
_DOCUMENT = '<script type="application/json" id="document">'


def write_view(
    path: str | os.PathLike[str],
    scene: Scene,
    *,
    title: str = "",
    caption: str = "",
    max_bytes: int = MAX_BYTES,
) -> None:
    """Writes a page that shows the objects of a scene, to be opened in a browser.

    It shows the mesh of each instance (or its points) and the surface of no instance. A scene that
    would make a page of more than `max_bytes` is simplified until it fits, and the page says how
    coarse it is.

    Args:
        path: The `.html` file.
        scene: A scene with meshes, points or surfels.
        title: Heading; the name of the file if empty.
        caption: A line below the heading.
        max_bytes: Maximum size of the file.

    Raises:
        FormatError: The scene has nothing to show, or does not fit at any resolution.
        OutputError: The file cannot be written.
    """
    layers = scene_layers(scene)
    if not layers:
        raise FormatError(
            f"Cannot write {path}",
            expected="a scene with meshes, points or surfels",
            got="a scene without geometry",
        )
    name = os.path.splitext(os.path.basename(os.fspath(path)))[0]
    page = _fitting_page(scene, layers, title=title or name, caption=caption, max_bytes=max_bytes)
    if page is None:
        raise FormatError(
            f"Cannot write {path}",
            expected=f"a page of at most {max_bytes / 1e6:g} MB",
            got=f"{len(scene.instances)} objects, which do not fit",
            do="Write some of them: --only (or editing.remove).",
        )
    write_bytes(path, page)


def read_view(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The document of a page: title, caption, unit, objects and layers, without the geometry.

    Raises:
        FormatError: The file is missing, or no page of a scene.
    """
    with reading(path, "page of a scene"):
        text = Path(path).read_text("utf-8")
        _, found, rest = text.partition(_DOCUMENT)
        if not found or _GENERATOR not in text:
            raise FormatError(
                f"{path}",
                expected="a page that Scenewright wrote (view.html)",
                got="another page",
            )
        document: dict[str, Any] = json.loads(rest.partition("</script>")[0])
        return document


def _fitting_page(
    scene: Scene, layers: Sequence[Layer], *, title: str, caption: str, max_bytes: int
) -> bytes | None:
    """The finest page that fits; None if there is none."""
    page_from_world = _page_axes(scene, layers)
    colors = instance_colors(scene.instances)
    turned = [layer.turned(page_from_world) for layer in layers]
    document = {
        "title": title,
        "caption": caption,
        "unit": scene.unit,
        "view": _first_view(scene, turned),
        "objects": [
            _object_record(row, page_from_world, colors[row.id]) for row in scene.instances
        ],
    }
    extent = max(float(np.ptp(layer.positions, axis=0).max()) for layer in turned)
    cell_size, shown = 0.0, turned
    while cell_size <= max(extent, 1e-6):
        records, geometry = packed(shown)
        page = _page({**document, "layers": records, "cell_size": cell_size}, geometry)
        if len(page) <= max_bytes:
            return page
        # The number of vertices of a surface falls with the square of the size of a cell.
        wanted = np.sqrt(len(page) / max_bytes)
        cell_size = max(cell_size, _spacing(turned)) * max(float(wanted), _COARSER)
        shown = [layer.coarser(cell_size) for layer in turned]
    return None


def _page(document: dict[str, Any], geometry: bytes) -> bytes:
    script, style = _file("viewer.js"), _file("viewer.css")
    # A "<" could end the script element, so none is left in the data.
    data = json.dumps(document, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    policy = (
        "default-src 'none'; img-src data: blob:; "
        f"script-src 'sha256-{_hash(script)}'; style-src 'sha256-{_hash(style)}'"
    )
    parts = {
        "@POLICY@": policy,
        "@TITLE@": html.escape(document["title"]),
        "@STYLE@": style,
        "@DOCUMENT@": data,
        "@GEOMETRY@": geometry.decode("ascii"),
        "@SCRIPT@": script,
    }
    text, rest = [], _file("page.html")
    for mark, value in parts.items():
        before, found, rest = rest.partition(mark)
        assert found, f"{mark} is missing in page.html"
        text += [before, value]
    return "".join([*text, rest]).encode("utf-8", errors="replace")


def _file(name: str) -> str:
    return (resources.files("scenewright.io") / _FILES / name).read_text("utf-8")


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _page_axes(scene: Scene, layers: Sequence[Layer]) -> NDArray[np.float64]:
    """(3, 3) page_from_world: y up, walls along x and z."""
    up = np.array([0.0, -1.0, 0.0]) if scene.up is None else scene.up
    normals, areas = facing_of(layers)
    return _Y_UP @ level_axes(up, normals, areas)


def _first_view(scene: Scene, layers: Sequence[Layer]) -> dict[str, Any]:
    """Direction to the first camera, and the bounds that it frames."""
    normals, areas = facing_of(layers)
    level = normals @ _Y_UP
    seen = facing_areas(level, areas, CORNERS_DEG, elevation_deg=ELEVATION_DEG)
    azimuth = CORNERS_DEG[int(seen.argmax())]
    ids = set(scene.instances.id[scene.instances.role != "ceiling"].tolist())
    framed = [layer for layer in layers if layer.instance in ids] or layers
    bounds = framed_bounds(np.concatenate([layer.positions for layer in framed]))
    bounds += _MARGIN * (bounds[1] - bounds[0]) * np.array([[-1.0], [1.0]])
    return {
        "direction": (_Y_UP @ direction(azimuth, ELEVATION_DEG)).round(4).tolist(),
        "bounds": bounds.round(3).tolist(),
    }


def _object_record(
    row: Instance, page_from_world: NDArray[np.float64], color: Color
) -> dict[str, Any]:
    return {
        "id": row.id,
        "label": row.label,
        "role": row.role,
        "score": round(row.score, 4),
        "color": color,
        "points": row.num_points,
        "frames": row.num_frames,
        "source": row.source,
        "size": row.box.size.round(4).tolist(),
        "center": (page_from_world @ row.box.center).round(4).tolist(),
        "rotation": (page_from_world @ row.box.rotation).round(5).tolist(),
    }


def _spacing(layers: Sequence[Layer]) -> float:
    """Typical distance of neighboring vertices of the largest layer, meters."""
    largest = max(layers, key=lambda layer: len(layer.positions))
    if largest.faces is not None:
        edges = largest.positions[largest.faces[:, 0]] - largest.positions[largest.faces[:, 1]]
        return max(float(np.median(np.linalg.norm(edges, axis=1))), 1e-6)
    extent = np.ptp(largest.positions, axis=0)
    return max(float(np.sort(extent)[1:].max() / np.sqrt(len(largest.positions))), 1e-6)
