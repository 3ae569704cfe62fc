"""A film on the disk: a capture in any layout that is read, and the truth beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from scenewright.core import PointCloud
from scenewright.core.progress import Progress, no_progress
from scenewright.data.settings import SETTINGS_FILE
from scenewright.io import atomic_folder, write_id_map, write_json, write_ply_points
from scenewright.worlds.film import SyntheticCapture, thinned
from scenewright.worlds.writing.layouts import LAYOUT_WRITERS, LayoutWriter, check_layout
from scenewright.worlds.writing.samples import bytes_from_normals
from scenewright.worlds.writing.truth import (
    mask_records,
    object_record,
    relation_records,
    write_meshes,
)

_CLEARLY_VISIBLE = 100
"""Pixels."""
_TRUTH_SPACING = 0.02


@dataclass(frozen=True)
class TruthParts:
    """Which truth is written beside ``instance/``, ``instances.json`` and ``gt_points.ply``.

    Attributes:
        meshes: ``objects/``: the whole surface of each object.
        amodal: ``amodal/``: whole silhouettes per frame.
        normals: ``normals/``: normals per frame, camera frame, as bytes.
    """

    meshes: bool = True
    amodal: bool = True
    normals: bool = False


def write_capture(
    film: SyntheticCapture,
    path: str | Path,
    *,
    layout: str = "plain",
    name: str = "",
    truth: TruthParts | None = None,
    jpeg_quality: int | None = None,
    overwrite: bool = False,
    progress: Progress = no_progress,
) -> Path:
    """Writes a film as a capture folder with its truth, whole or not at all.

    The same film makes the same bytes. Depth is stored as coarsely as the layout does, and what
    is farther than its 16 bits reach is no reading.

    Args:
        film: What is written.
        path: Folder to make.
        layout: Any that `open_capture` reads.
        name: Of the capture; empty = kind and seed of its world.
        truth: Which truth is written; None = all but normals.
        jpeg_quality: 1 to 100 for color as JPEG; None for PNG, which loses nothing.
        overwrite: Whether an older capture of that name may be replaced.
        progress: Progress callback (stage, done, total, unit).

    Returns:
        The folder.

    Raises:
        UnknownNameError: There is no such layout.
        OutputError: The folder exists, or cannot be written.
    """
    check_layout(layout)
    parts = TruthParts() if truth is None else truth
    path = Path(path)
    with atomic_folder(path, overwrite=overwrite, marker=SETTINGS_FILE) as folder:
        writer = LAYOUT_WRITERS[layout](folder, film.camera, jpeg_quality=jpeg_quality)
        counts = _Visibility(film)
        surface: PointCloud | None = None
        for index in range(len(film)):
            writer.add(film.frame(index))
            _write_frame_truth(film, folder, index, writer.name(index), parts)
            counts.add(index)
            seen = film.seen_surface(index, spacing=_TRUTH_SPACING)
            # Joined at once, so that memory holds one cloud however long the film is.
            clouds = [seen] if surface is None else [surface, seen]
            surface = thinned(clouds, spacing=_TRUTH_SPACING)
            progress("film", index + 1, len(film), "frames")
        writer.finish()
        write_json(folder / SETTINGS_FILE, _settings(film, writer, name))
        write_json(folder / "instances.json", counts.instances(meshes=parts.meshes))
        write_json(folder / "relations.json", {"relations": relation_records(film.world)})
        write_json(folder / "cameras.json", _cameras(film, writer))
        assert surface is not None
        write_ply_points(folder / "gt_points.ply", surface)
        if parts.meshes:
            write_meshes(folder, film.world)
    return path


def _write_frame_truth(
    film: SyntheticCapture, folder: Path, index: int, name: str, parts: TruthParts
) -> None:
    write_id_map(folder / "instance" / f"{name}.png", film.id_map(index))
    if parts.amodal:
        records = mask_records(film.amodal_masks(index), film.labels)
        write_json(folder / "amodal" / f"{name}.json", records)
    if parts.normals:
        pose = film.true_world_from_cam[index]
        turned = film.normals(index) @ pose[:3, :3].astype(np.float32)
        (folder / "normals").mkdir(exist_ok=True)
        Image.fromarray(bytes_from_normals(turned)).save(folder / "normals" / f"{name}.png")


class _Visibility:
    """Counts in how many pixels and frames each object is seen."""

    def __init__(self, film: SyntheticCapture) -> None:
        self.film = film
        self.pixels = dict.fromkeys(film.labels, 0)
        self.frames = dict.fromkeys(film.labels, 0)

    def add(self, index: int) -> None:
        ids, pixels = np.unique(self.film.id_map(index), return_counts=True)
        for number, count in zip(ids.tolist(), pixels.tolist(), strict=True):
            if number:
                self.pixels[number] += count
                self.frames[number] += count >= _CLEARLY_VISIBLE

    def instances(self, *, meshes: bool) -> dict[str, Any]:
        """What instances.json holds."""
        rows = []
        for placed in self.film.world.objects:
            record = object_record(placed)
            if not meshes:
                del record["mesh"]
            record["visible_pixels"] = self.pixels[placed.instance_id]
            record["frames_with_100px"] = self.frames[placed.instance_id]
            rows.append(record)
        return {"num_frames": len(self.film), "instances": rows}


def _settings(film: SyntheticCapture, writer: LayoutWriter, name: str) -> dict[str, Any]:
    """capture.json: what the layout has no place for."""
    world = film.world
    settings: dict[str, Any] = {
        "name": name or f"{world.kind.replace('/', ' ')} {world.seed}",
        "up": film.up.tolist(),
    }
    if not writer.keeps_times:
        settings["times"] = writer.times
    return settings


def _cameras(film: SyntheticCapture, writer: LayoutWriter) -> dict[str, Any]:
    """Intrinsics and true poses; those of the layout are as the tracker reports them."""
    camera = film.camera
    return {
        "width": camera.width,
        "height": camera.height,
        "K": camera.K.tolist(),
        "world_from_cam": {
            writer.name(index): pose.tolist() for index, pose in enumerate(film.true_world_from_cam)
        },
    }
