"""Turntables around a scene or an object, as animations and videos."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scenewright.core import Camera, ConventionError, SurfelCloud, Views, require
from scenewright.geometry.transforms import upright_frame
from scenewright.io import write_bytes
from scenewright.pipelines.pictures.kinds import Kind
from scenewright.pipelines.pictures.view_pictures import draw_view
from scenewright.splats.meshing import scene_bounds
from scenewright.splats.rendering import seen_by

FRAMES_PER_SECOND = 12
_FIELD = 0.9
"""Focal length in image heights."""
_FILL = 1.05
_ELEVATION_DEG = 32.0
_PAPER = (1.0, 1.0, 1.0)
_EDGE_ON = 0.05
_WIDEST_GAP_DEG = 150.0
"""Where no camera stood in a gap of this angle, a turn would pass through what was not seen."""
_LEAST_SWAY_DEG = 15.0


def front_sides(surfels: SurfelCloud, views: Views) -> NDArray[np.float32]:
    """(N, 3) normals pointing to the side that cameras saw; zero for surfels that no camera saw.

    Args:
        surfels: N surfels.
        views: The cameras, of which a sample is rendered.
    """
    _, towards = seen_by(surfels, views)
    normals = surfels.normals()
    side = np.sign(np.einsum("ij,ij->i", normals, towards))
    result: NDArray[np.float32] = (normals * side[:, None]).astype(np.float32)
    return result


def turntable(
    surfels: SurfelCloud,
    *,
    up: NDArray[np.float64] | None,
    kind: Kind = "color",
    num_frames: int = 48,
    size: tuple[int, int] = (480, 360),
    fronts: NDArray[np.float32] | None = None,
    centers: NDArray[np.float64] | None = None,
) -> Iterator[Image.Image]:
    """Pictures from all around, slightly from above.

    If all cameras stood on one side, the turn sways in front of that side and back instead.

    Args:
        surfels: At least one.
        up: (3,) unit vector against gravity; None takes -y.
        kind: Kind of picture.
        num_frames: Number of pictures in one turn.
        size: Width and height, pixels.
        fronts: (N, 3) from `front_sides`: surfels that face away from the camera are left out, so
            that the inside of a room shows. None draws all.
        centers: (F, 3) where the cameras stood; None turns all around.

    Raises:
        ConventionError: There are no surfels, or a number is not positive.
    """
    width, height = size
    if min(num_frames, width, height) < 1:
        raise ConventionError(
            "Turntable", expected="1 or more frames and pixels", got=f"{num_frames}, {size}"
        )
    if not len(surfels):
        raise ConventionError("Surfels for a turntable", expected="at least one", got="none")
    camera = Camera.from_focal(
        _FIELD * height, _FIELD * height, width / 2, height / 2, width=width, height=height
    )
    if kind != "ids":
        # Finding the id of each pixel takes half of the time.
        surfels = surfels.with_instances(None)
    bounds = scene_bounds(surfels)
    axes = upright_frame(np.array([0.0, -1.0, 0.0]) if up is None else up).T
    corners = np.stack(np.meshgrid(*bounds.T, indexing="ij"), axis=-1).reshape(-1, 3) @ axes.T
    middle = (corners.min(axis=0) + corners.max(axis=0)) / 2
    radius = float(np.linalg.norm(np.ptp(corners, axis=0))) / 2
    distance = _FILL * _distance(corners - middle, camera)
    for azimuth in _azimuths(num_frames, None if centers is None else centers @ axes.T - middle):
        pose = _pose(axes, middle, distance, azimuth)
        visible = surfels
        if fronts is not None:
            ray = pose[:3, 3] - surfels.means
            ray /= np.maximum(np.linalg.norm(ray, axis=1, keepdims=True), 1e-12)
            visible = surfels[np.einsum("ij,ij->i", fronts, ray) > -_EDGE_ON]
        near = distance * 1e-2
        drawn = draw_view(visible, camera, world_from_cam=pose, near=near, background=_PAPER)
        limits = (max(distance - radius, near), distance + radius)
        yield drawn.picture(kind, depth_range=limits)


def _azimuths(num_frames: int, centers: NDArray[np.float64] | None) -> list[float]:
    """Directions of the camera of each picture, radians.

    Args:
        num_frames: Number of pictures.
        centers: (F, 3) where the cameras of the scene stood, relative to its middle, level axes.
    """
    turn = 2 * np.pi * np.arange(num_frames) / num_frames
    if centers is None or not len(centers):
        return [float(angle) for angle in turn]
    stood = np.sort(np.arctan2(centers[:, 1], centers[:, 0]))
    gaps = np.diff(np.append(stood, stood[0] + 2 * np.pi))
    widest = int(gaps.argmax())
    if gaps[widest] < np.radians(_WIDEST_GAP_DEG):
        return [float(angle) for angle in turn]
    # The cameras stood in the rest of the circle, from the end of the gap to its start.
    half = max((2 * np.pi - gaps[widest]) / 2, np.radians(_LEAST_SWAY_DEG))
    front = stood[widest] + gaps[widest] + (2 * np.pi - gaps[widest]) / 2
    return [float(front + half * np.sin(angle)) for angle in turn]


def _distance(corners: NDArray[np.float64], camera: Camera) -> float:
    """Distance at which a box fits into the image from all sides.

    Args:
        corners: (8, 3) relative to its center, level axes.
        camera: Camera with a centered principal point.
    """
    distance = 0.0
    for azimuth in np.linspace(0, 2 * np.pi, 36, endpoint=False):
        rotation = _pose(np.eye(3), np.zeros(3), 1.0, float(azimuth))[:3, :3]
        x, y, z = (corners @ rotation).T
        wide = np.abs(x) * camera.fx / (camera.width / 2)
        high = np.abs(y) * camera.fy / (camera.height / 2)
        distance = max(distance, float((np.maximum(wide, high) - z).max()))
    return distance


def _pose(
    axes: NDArray[np.float64], middle: NDArray[np.float64], distance: float, azimuth: float
) -> NDArray[np.float64]:
    """world_from_cam of a camera that looks at a point, `middle`, given in level axes."""
    tilt = np.deg2rad(_ELEVATION_DEG)
    c, s = np.cos(azimuth), np.sin(azimuth)
    away = np.array([c * np.cos(tilt), s * np.cos(tilt), np.sin(tilt)])
    right = np.array([-s, c, 0.0])
    forward = -away
    down = np.cross(forward, right)
    pose = np.eye(4)
    pose[:3, :3] = axes.T @ np.stack([right, down, forward], axis=1)
    pose[:3, 3] = axes.T @ (middle + distance * away)
    return pose


def write_gif(path: str | Path, pictures: Iterable[Image.Image]) -> None:
    """Writes an animation that loops forever.

    Args:
        path: The `.gif` file.
        pictures: At least one, all of the same size.
    """
    small = [p.convert("P", palette=Image.Palette.ADAPTIVE, colors=128) for p in pictures]
    stream = io.BytesIO()
    small[0].save(
        stream,
        format="GIF",
        save_all=True,
        append_images=small[1:],
        duration=1000 // FRAMES_PER_SECOND,
        loop=0,
        disposal=1,
    )
    write_bytes(path, stream.getvalue())


def write_mp4(path: str | Path, pictures: Iterable[Image.Image]) -> None:
    """Writes a video (H.264).

    Args:
        path: The `.mp4` file.
        pictures: All of the same size; an odd last row or column is cropped.

    Raises:
        MissingExtraError: The package av is not installed (extra `video`).
    """
    av = require("av", extra="video")
    stream = io.BytesIO()
    with av.open(stream, mode="w", format="mp4") as film:
        track = None
        for picture in pictures:
            width, height = picture.width // 2 * 2, picture.height // 2 * 2
            if track is None:
                track = film.add_stream("libx264", rate=Fraction(FRAMES_PER_SECOND))
                track.width, track.height, track.pix_fmt = width, height, "yuv420p"
            even = picture.convert("RGB").crop((0, 0, width, height))
            for packet in track.encode(av.VideoFrame.from_ndarray(np.asarray(even))):
                film.mux(packet)
        if track is not None:
            for packet in track.encode():
                film.mux(packet)
    write_bytes(path, stream.getvalue())
