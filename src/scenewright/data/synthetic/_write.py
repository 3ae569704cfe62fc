"""Writes a synthetic room as a plain capture folder with its truth."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from scenewright.io import atomic_folder, write_json, write_ply_points

if TYPE_CHECKING:
    from scenewright.data.synthetic._source import SyntheticRoom

Progress = Callable[[str, int, int, str], object]
"""Called with step, units done, units in all, and the unit."""

_DEPTH_SCALE = 1000
_MARKER = "capture.json"


def write_capture(
    room: SyntheticRoom, path: Path, *, overwrite: bool, progress: Progress | None
) -> Path:
    """Writes frames and truth of a room; see `SyntheticRoom.write_capture`."""
    with atomic_folder(path, overwrite=overwrite, marker=_MARKER) as folder:
        for name in ("color", "depth", "pose", "instance"):
            (folder / name).mkdir()
        visible: dict[int, list[int]] = {number: [0, 0] for number in room.labels}
        for index in range(len(room)):
            _write_frame(room, folder, index)
            ids, pixels = np.unique(room.id_map(index), return_counts=True)
            for number, count in zip(ids.tolist(), pixels.tolist(), strict=True):
                if number:
                    visible[number][0] += count
                    visible[number][1] += count >= 100
            if progress is not None:
                progress("film", index + 1, len(room), "frames")
        K = room.camera.K.copy()
        # The plain layout stores K with the centre of the top-left pixel at (0, 0).
        K[:2, 2] -= 0.5
        np.savetxt(folder / "intrinsics.txt", K, fmt="%.4f")
        write_json(folder / _MARKER, _description(room))
        write_json(folder / "instances.json", _truth(room, visible))
        write_ply_points(folder / "gt_points.ply", room.truth_points())
    return path


def _write_frame(room: SyntheticRoom, folder: Path, index: int) -> None:
    frame = room.frame(index)
    assert frame.image is not None and frame.depth is not None
    # Fast PNG compression: the demo is waited for, and its files are small either way.
    Image.fromarray(frame.image).save(folder / f"color/{frame.name}.png", compress_level=1)
    stored = np.clip(np.round(frame.depth * _DEPTH_SCALE), 0, 65534).astype(np.uint16)
    Image.fromarray(stored).save(folder / f"depth/{frame.name}.png", compress_level=1)
    ids = room.id_map(index).astype(np.uint16)
    Image.fromarray(ids).save(folder / f"instance/{frame.name}.png", compress_level=1)
    np.savetxt(folder / f"pose/{frame.name}.txt", room.world_from_cam[index], fmt="%.9f")


def _description(room: SyntheticRoom) -> dict[str, Any]:
    return {
        "name": f"synthetic room {room.seed}",
        "depth_scale": _DEPTH_SCALE,
        "up": [0, 0, 1],
    }


def _truth(room: SyntheticRoom, visible: dict[int, list[int]]) -> dict[str, Any]:
    rows = []
    for number, label in room.labels.items():
        lower, upper = np.round(room.world.bounds(number), 4).tolist()
        rows.append(
            {
                "id": number,
                "category": label,
                "is_stuff": number in room.stuff_ids,
                "aabb_min": lower,
                "aabb_max": upper,
                "visible_pixels": visible[number][0],
                "frames_with_100px": visible[number][1],
            }
        )
    return {"num_frames": len(room), "instances": rows}
