"""The objects of one picture of the demo's film, generated and compared with the world."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import binary_erosion

from scenewright.core import Progress, no_progress
from scenewright.geometry.layouts import voxel_centers
from scenewright.geometry.transforms import transform_points
from scenewright.metrics import compare_point_sets
from scenewright.pipelines.generate.run import GenerateRun, generate_run
from scenewright.pipelines.generate.settings import GenerateSettings
from scenewright.worlds import SyntheticCapture
from scenewright.worlds.composing.world import PlacedObject
from scenewright.worlds.generation.shape_grids import canonical_frame, shape_grid

PACKAGES = ("torch", "fast_simplification", "xatlas")
"""What the built-in generator and its meshes need beyond the base installation."""
_MASKS, _RUN = "one-picture-masks.png", "one-picture"
_LEAST_SHARE = 0.01
"""Share of the picture that an object covers at least."""
_MOST_OBJECTS = 5
_THRESHOLD = 0.05
"""Of the F-score, in longest edges of the true object."""


@dataclass(frozen=True)
class OnePicture:
    """What was generated from one picture with depth and true masks.

    Attributes:
        folder: The run folder.
        frame: Number of the frame.
        count: Number of objects.
        f_score: Mean F-score of whole objects, back sides included, at 5 % of their size, 0 to 1.
    """

    folder: Path
    frame: int
    count: int
    f_score: float


def generate_from_film(
    film: SyntheticCapture, capture: Path, *, overwrite: bool, progress: Progress = no_progress
) -> OnePicture | None:
    """Generates the objects of the frame that shows most of them.

    Args:
        film: The film.
        capture: Its folder; results are written beside it.
        overwrite: Whether an older run may be replaced.
        progress: Progress callback (stage, done, total, unit).

    Returns:
        None where torch or the packages of meshes are not installed, or no frame shows an object.
    """
    if any(find_spec(package) is None for package in PACKAGES):
        return None
    number, ids = _best_frame(film)
    if not ids:
        return None
    id_map = film.id_map(number)
    masks = capture.parent / _MASKS
    Image.fromarray(np.where(np.isin(id_map, ids), id_map, 0).astype(np.uint16)).save(masks)
    camera = film.camera
    settings = GenerateSettings(
        masks=(str(masks),), fov=float(np.rad2deg(2 * np.arctan(camera.width / 2 / camera.fx)))
    )
    run = generate_run(
        [_file(capture, "color", number)], capture.parent / _RUN, settings,
        depth=_file(capture, "depth", number), overwrite=overwrite, progress=progress,
    )  # fmt: skip
    return _compared(run, film, number)


def _best_frame(film: SyntheticCapture) -> tuple[int, list[int]]:
    """The frame with most whole objects, up to five, and their ids, largest first."""
    best: tuple[int, list[int]] = (0, [])
    for number in range(len(film)):
        id_map = film.id_map(number)
        edge = {*id_map[0], *id_map[-1], *id_map[:, 0], *id_map[:, -1]}
        ids, counts = np.unique(id_map, return_counts=True)
        whole = [
            (int(count), int(i))
            for i, count in zip(ids, counts, strict=True)
            if i > 0
            and i not in film.stuff_ids
            and i not in edge
            and count >= _LEAST_SHARE * id_map.size
        ]
        found = [i for _, i in sorted(whole, reverse=True)[:_MOST_OBJECTS]]
        if len(found) > len(best[1]):
            best = (number, found)
    return best


def _file(capture: Path, folder: str, number: int) -> Path:
    return sorted((capture / folder).iterdir())[number]


def _compared(run: GenerateRun, film: SyntheticCapture, number: int) -> OnePicture:
    """F-scores of the objects in the frame of the world."""
    result = run.result
    world_from_made = film.true_world_from_cam[number] @ np.linalg.inv(result.world_from_cam)
    placed = {one.instance_id: one for one in film.world.objects}
    scores = []
    for instance_id, asset in result.scene.assets.items():
        true = _surface(placed[instance_id])
        made = transform_points(asset.world_vertices().astype(np.float64), world_from_made)
        scores.append(_f_score(made, true))
    return OnePicture(run.folder.path, number, len(scores), float(np.mean(scores)))


def _surface(placed: PlacedObject) -> NDArray[np.float64]:
    """(P, 3) points on the whole surface of an object, world frame."""
    frame = canonical_frame(placed.model)
    solid = shape_grid(placed.model, frame)
    shell = solid & ~binary_erosion(solid)
    points = voxel_centers(np.argwhere(shell), resolution=len(solid))
    return transform_points(points, placed.world_from_object @ np.linalg.inv(frame))


def _f_score(points: NDArray[np.floating], truth: NDArray[np.floating]) -> float:
    threshold = _THRESHOLD * float(np.ptp(truth, axis=0).max())
    return compare_point_sets(points, truth, thresholds=(threshold,)).f_score[threshold]
