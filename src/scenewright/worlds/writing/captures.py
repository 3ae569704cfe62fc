"""Films as capture folders, in any layout that `open_capture` reads, with ground truth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from scenewright.core import PointCloud
from scenewright.core.progress import Progress, no_progress
from scenewright.data.capture_settings import SETTINGS_FILE
from scenewright.io import atomic_folder, write_id_map, write_json, write_ply_points
from scenewright.worlds.film import SyntheticCapture, thinned
from scenewright.worlds.writing.layout_writers import LAYOUT_WRITERS, check_layout
from scenewright.worlds.writing.samples import bytes_from_normals
from scenewright.worlds.writing.truth_records import (
    mask_records,
    object_record,
    relation_records,
    write_meshes,
)
from scenewright.worlds.writing.writer_base import LayoutWriter

_CLEARLY_VISIBLE = 100
"""Pixels from which on an object counts as clearly visible in a frame."""
_TRUTH_SPACING = 0.02


@dataclass(frozen=True)
class TruthParts:
    """Ground truth written in addition to ``instance/``, ``instances.json``, ``gt_points.ply``.

    Attributes:
        meshes: ``objects/``: the complete surface of each object.
        amodal: ``amodal/``: amodal masks of each frame.
        normals: ``normals/``: normals of each frame, camera frame, as bytes.
    """

    meshes: bool = True
    amodal: bool = True
    normals: bool = False


def write_capture(
    film: SyntheticCapture,
    path: str | Path,
    *,
    layout: str = "plain",
    truth: TruthParts | None = None,
    jpeg_quality: int | None = None,
    overwrite: bool = False,
    progress: Progress = no_progress,
) -> Path:
    """Writes a film as a capture folder with ground truth, atomically.

    The same film makes the same bytes. Depth is quantized as the layout stores it; depth beyond
    the range of its 16 bits becomes 0, no reading.

    Args:
        film: The film.
        path: Folder to create.
        layout: Any layout that `open_capture` reads.
        truth: Which ground truth to write; None = all but normals.
        jpeg_quality: 1 to 100 for color as JPEG; None = PNG, lossless.
        overwrite: Whether an existing capture may be replaced.
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
            # Merged at once, so that memory holds one cloud however long the film is.
            clouds = [seen] if surface is None else [surface, seen]
            surface = thinned(clouds, spacing=_TRUTH_SPACING)
            progress("film", index + 1, len(film), "frames")
        writer.finish()
        write_json(folder / SETTINGS_FILE, _settings(film, writer))
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
    """Counts the pixels and frames in which each object is visible."""

    def __init__(self, film: SyntheticCapture) -> None:
        self.film = film
        self.pixels = dict.fromkeys(film.labels, 0)
        self.frames = dict.fromkeys(film.labels, 0)

    def add(self, index: int) -> None:
        """Counts one frame."""
        ids, pixels = np.unique(self.film.id_map(index), return_counts=True)
        for number, count in zip(ids.tolist(), pixels.tolist(), strict=True):
            if number:
                self.pixels[number] += count
                self.frames[number] += count >= _CLEARLY_VISIBLE

    def instances(self, *, meshes: bool) -> dict[str, Any]:
        """The content of instances.json."""
        rows = []
        for placed in self.film.world.objects:
            record = object_record(placed)
            if not meshes:
                del record["mesh"]
            record["visible_pixels"] = self.pixels[placed.instance_id]
            record["frames_with_100px"] = self.frames[placed.instance_id]
            rows.append(record)
        return {"num_frames": len(self.film), "instances": rows}


def _settings(film: SyntheticCapture, writer: LayoutWriter) -> dict[str, Any]:
    """The content of capture.json: what the layout cannot store."""
    world = film.world
    settings: dict[str, Any] = {
        "name": f"{world.kind.replace('/', ' ')} {world.seed}",
        "up": film.up.tolist(),
    }
    if not writer.keeps_times:
        settings["times"] = writer.times
    return settings


def _cameras(film: SyntheticCapture, writer: LayoutWriter) -> dict[str, Any]:
    """Intrinsics and true poses; the layout holds the poses that the frames report."""
    camera = film.camera
    return {
        "width": camera.width,
        "height": camera.height,
        "K": camera.K.tolist(),
        "world_from_cam": {
            writer.name(index): pose.tolist() for index, pose in enumerate(film.true_world_from_cam)
        },
    }
