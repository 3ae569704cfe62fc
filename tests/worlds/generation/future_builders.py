"""A tiny made-up folder of the form of 3D-FUTURE: two rooms with boxes as furniture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.spatial import ConvexHull

from scenewright.data.generation.poses import rotation_from_euler

SIDE = 96
FOV = 0.9
CABINET, STOOL = "cabinet-1", "stool-2"
SIZES = {CABINET: (1.0, 1.6, 0.5), STOOL: (0.4, 0.5, 0.4)}
"""Extents x, y, z of the meshes, y up; their origins are at the center of the lower side."""
POSES = {
    CABINET: ([-0.6, -1.0, -4.0], [4.0, 25.0, 0.0]),
    STOOL: ([0.7, -0.9, -3.0], [4.0, -40.0, 0.0]),
}


def corners_of(model_id: str) -> NDArray[np.float64]:
    """(8, 3) corners of a mesh."""
    unit = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (0, 1) for z in (-0.5, 0.5)], float)
    return unit * SIZES[model_id]


def polygon_of(model_id: str) -> list[float]:
    """The outline of an object in the image."""
    translation, angles = POSES[model_id]
    points = corners_of(model_id) @ rotation_from_euler(np.array(angles)).T + translation
    focal = SIDE / 2 / np.tan(FOV / 2)
    pixels = np.stack([points[:, 0], -points[:, 1]], axis=1) * focal / -points[:, 2:] + SIDE / 2
    outline = pixels[ConvexHull(pixels).vertices]
    result: list[float] = outline.ravel().tolist()
    return result


def run_lengths(mask: NDArray[np.bool_]) -> dict[str, Any]:
    """A mask as uncompressed COCO run lengths."""
    flat = mask.T.ravel().astype(np.int8)
    edges = np.flatnonzero(np.diff(flat, prepend=0))
    counts = np.diff(edges, prepend=0, append=len(flat)).tolist()
    return {"size": list(mask.shape), "counts": counts}


def write_obj(path: Path, model_id: str) -> None:
    """A box as an OBJ file with y up, with a material file that colors it."""
    faces = [(1, 2, 4, 3), (5, 7, 8, 6), (1, 5, 6, 2), (3, 4, 8, 7), (1, 3, 7, 5), (2, 6, 8, 4)]
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ["mtllib model.mtl", "usemtl wood"]
    lines += [f"v {x} {y} {z}" for x, y, z in corners_of(model_id).tolist()]
    lines += ["f " + " ".join(map(str, face)) for face in faces]
    path.write_text("\n".join(lines) + "\n")
    (path.parent / "model.mtl").write_text("newmtl wood\nKd 0.8 0.4 0.2\n")


def annotation(model_id: str, /, **changes: Any) -> dict[str, Any]:
    """The annotation of an object in room 0000001."""
    translation, angles = POSES[model_id]
    record = {
        "image_id": 1, "category_id": 3 if model_id == STOOL else 2, "model_id": model_id,
        "fov": FOV, "pose": {"translation": translation, "euler": angles},
        "segmentation": [polygon_of(model_id)],
    }  # fmt: skip
    return record | changes


def all_annotations() -> dict[str, Any]:
    """Annotations of three rooms: with two objects, with objects to leave out, without a file."""
    empty = run_lengths(np.zeros((SIDE, SIDE), bool))
    return {
        "images": [
            {"id": 1, "file_name": "0000001", "width": SIDE, "height": SIDE},
            {"id": 2, "file_name": "0000002", "width": SIDE, "height": SIDE},
            {"id": 3, "file_name": "0000003", "width": SIDE, "height": SIDE},
        ],
        "categories": [{"id": 2, "category_name": "Cabinet"}, {"id": 3, "category_name": "Stool"}],
        "annotations": [
            annotation(CABINET),
            annotation(STOOL),
            annotation(STOOL, image_id=2, fov=None),
            annotation(STOOL, image_id=2, model_id=None),
            annotation(STOOL, image_id=2, pose={"translation": None}),
            annotation(STOOL, image_id=2, model_id="lost"),
            annotation(STOOL, image_id=2, segmentation=empty),
        ],
    }


def write_future(
    root: Path, tree: dict[str, Any] | None = None, *, splits: tuple[str, ...] = ("train",)
) -> Path:
    """Writes the folder; returns it."""
    for split in splits:
        scenes = root / "3D-FUTURE-scene"
        (scenes / "GT").mkdir(parents=True, exist_ok=True)
        (scenes / "GT" / f"{split}_set.json").write_text(json.dumps(tree or all_annotations()))
        images = scenes / split / "image"
        images.mkdir(parents=True)
        for name, shade in (("0000001", 90), ("0000002", 160)):
            Image.fromarray(np.full((SIDE, SIDE, 3), shade, np.uint8)).save(images / f"{name}.jpg")
    for model_id in SIZES:
        write_obj(root / "3D-FUTURE-model" / model_id / "raw_model.obj", model_id)
    return root
