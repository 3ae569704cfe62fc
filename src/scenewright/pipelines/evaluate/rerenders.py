"""Renders a generated scene and the true one from the same cameras, and compares the images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Camera, ConventionError, Mesh
from scenewright.geometry.transforms import transform_points, upright_frame
from scenewright.metrics import ImageQuality, PerceptualDistance, mean_quality, measure_image
from scenewright.metrics.shapes.scene_shapes import ObjectScene
from scenewright.models import create
from scenewright.worlds import look_at
from scenewright.worlds.cameras.viewpoints import camera_with_fov
from scenewright.worlds.rendering.mesh_views import MeshRenderer

_SIZE: Final = 320
_FOV_DEG: Final = 40.0
_ELEVATION_DEG: Final = 25.0
_FIRST_AZIMUTH_DEG: Final = 30.0


@dataclass(frozen=True)
class RenderScores:
    """Images of a predicted scene compared with those of the truth.

    Attributes:
        quality: PSNR, SSIM and, with weights, LPIPS; means over views.
        mask_iou: IoU of the masks of paired objects, pooled over views, mean over true objects that
            are seen; an object that was not predicted has 0.
        similarity: Cosine similarity of image vectors by encoder, means over views.
    """

    quality: ImageQuality
    mask_iou: float
    similarity: Mapping[str, float]


def load_encoders(names: Sequence[str]) -> dict[str, Any]:
    """Creates image encoders.

    Args:
        names: Each ``NAME=WEIGHTS``, such as ``"embed/clip=file:clip/"``.

    Raises:
        ConventionError: A text has another form.
    """
    encoders = {}
    for text in names:
        name, separator, weights = text.partition("=")
        if not separator or not weights:
            raise ConventionError("Image encoder", expected="NAME=WEIGHTS", got=text)
        encoders[name] = create(name, weights=weights)
    return encoders


def compare_renders(
    predicted: ObjectScene,
    truth: ObjectScene,
    *,
    truth_from_predicted: NDArray[np.float64],
    pairs: Mapping[int, int],
    num_views: int,
    perceptual: PerceptualDistance | None = None,
    encoders: Mapping[str, Any] | None = None,
) -> RenderScores:
    """Compares images of two scenes from a ring of cameras around the true one.

    Both scenes are lit from the camera in front of a white background.

    Args:
        predicted: The scene to measure.
        truth: The true scene.
        truth_from_predicted: (4, 4) similarity that was found for the scenes.
        pairs: Predicted id by true id.
        num_views: Number of cameras, 1 or more.
        perceptual: The network of LPIPS, or None.
        encoders: Image encoders by name.
    """
    upright = np.eye(4)
    upright[:3, :3] = upright_frame(truth.up).T
    true_meshes = _moved(truth.meshes, upright)
    number_of = {number: one for one, number in pairs.items() if one in truth.meshes}
    offset = max(truth.meshes) + 1
    named = {
        number_of.get(number, offset + number): mesh for number, mesh in predicted.meshes.items()
    }
    meshes = {
        one: mesh
        for one, mesh in _moved(named, upright @ truth_from_predicted).items()
        if len(mesh.faces)
    }
    renderers = (MeshRenderer(meshes) if meshes else None, MeshRenderer(true_meshes))
    parts: list[ImageQuality] = []
    shared, united = dict.fromkeys(truth.meshes, 0), dict.fromkeys(truth.meshes, 0)
    seen: set[int] = set()
    cosines: dict[str, list[float]] = {name: [] for name in encoders or {}}
    for camera, pose in _ring(true_meshes, num_views):
        wanted = renderers[1].render(camera, pose)
        if renderers[0] is not None:
            found = renderers[0].render(camera, pose)
        else:
            found = replace(
                wanted,
                image=np.full_like(wanted.image, 255),
                id_map=np.zeros_like(wanted.id_map),
            )
        parts.append(measure_image(found.image, wanted.image, perceptual=perceptual))
        for one in truth.meshes:
            ours, theirs = found.id_map == one, wanted.id_map == one
            shared[one] += int(np.count_nonzero(ours & theirs))
            united[one] += int(np.count_nonzero(ours | theirs))
            if theirs.any():
                seen.add(one)
        for name, encoder in (encoders or {}).items():
            vectors = [encoder.encode(image).ravel() for image in (found.image, wanted.image)]
            cosines[name].append(float(vectors[0] @ vectors[1]))
    ious = [shared[one] / united[one] for one in seen]
    return RenderScores(
        mean_quality(parts),
        float(np.mean(ious)) if ious else float("nan"),
        {name: float(np.mean(values)) for name, values in cosines.items()},
    )


def _moved(meshes: Mapping[int, Mesh], matrix: NDArray[np.float64]) -> dict[int, Mesh]:
    return {
        number: replace(mesh, vertices=transform_points(mesh.vertices, matrix).astype(np.float32))
        for number, mesh in meshes.items()
    }


def _ring(
    meshes: Mapping[int, Mesh], num_views: int
) -> Iterator[tuple[Camera, NDArray[np.float64]]]:
    """Cameras around the meshes (z up) that see all of them."""
    points = np.concatenate([mesh.vertices for mesh in meshes.values()]).astype(np.float64)
    low, high = points.min(axis=0), points.max(axis=0)
    center = (low + high) / 2
    radius = max(float(np.linalg.norm(high - low)) / 2, 1e-6)
    camera = camera_with_fov(_FOV_DEG, width=_SIZE, height=_SIZE)
    distance = radius / np.sin(np.deg2rad(_FOV_DEG) / 2)
    tilt = np.deg2rad(_ELEVATION_DEG)
    for step in range(num_views):
        angle = np.deg2rad(_FIRST_AZIMUTH_DEG + 360 * step / num_views)
        away = np.array([np.cos(angle) * np.cos(tilt), np.sin(angle) * np.cos(tilt), np.sin(tilt)])
        yield camera, look_at(center + distance * away, center)
