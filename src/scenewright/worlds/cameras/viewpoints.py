"""Good viewpoints for a single image of a world."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Camera, ConventionError
from scenewright.worlds.cameras.poses import look_at
from scenewright.worlds.cameras.probe import Probe

NEAREST = 0.25
"""Minimum distance of every camera to every surface, meters."""
_NEAREST_TARGET = 0.5
"""Minimum distance between the camera and its target, meters."""
_GLIMPSE_WIDTH = 64
_DRAWS_PER_TRY = 50
"""Maximum number of random viewpoints drawn for each valid one."""
_SEEN_SHARE = 0.002
"""Minimum share of the image for an object to count as visible."""
_WIDE_SHARE = 0.4
"""Share of the views that look at a whole area, not at a few neighboring objects."""
_OBSTRUCTION = 0.45
"""Surfaces closer than this, meters, obstruct the view..."""
_OBSTRUCTED_SHARE = 0.06
"""...where they fill more than this share of the image."""


@dataclass(frozen=True, eq=False)
class Viewpoint:
    """A camera and its pose.

    Attributes:
        camera: Intrinsics.
        world_from_cam: (4, 4) float64 rigid pose.
    """

    camera: Camera
    world_from_cam: NDArray[np.float64]


@dataclass(frozen=True)
class ViewRange:
    """Ranges from which single views are drawn.

    Attributes:
        fov_deg: Minimum and maximum horizontal field of view, degrees.
        elevation_deg: Minimum and maximum elevation of the camera above its target, degrees.
        distance: Minimum and maximum distance, in radii of the target group.
        num_tries: Number of valid views of which the best is used.
    """

    fov_deg: tuple[float, float] = (35.0, 70.0)
    elevation_deg: tuple[float, float] = (5.0, 45.0)
    distance: tuple[float, float] = (1.5, 2.5)
    num_tries: int = 6

    def __post_init__(self) -> None:
        for name, most in (("fov_deg", 170.0), ("elevation_deg", 89.0), ("distance", 100.0)):
            low, high = getattr(self, name)
            if not 0 < low <= high <= most:
                raise ConventionError(
                    f"ViewRange.{name}",
                    expected=f"two numbers in increasing order above 0, up to {most:g}",
                    got=f"{low:g} and {high:g}",
                )
        if self.num_tries < 1:
            raise ConventionError(
                "ViewRange.num_tries", expected="1 or more", got=str(self.num_tries)
            )


def single_view(
    probe: Probe,
    *,
    seed: int,
    width: int,
    height: int,
    view_range: ViewRange | None = None,
) -> Viewpoint:
    """The best of several random views: many objects visible, nothing close in front.

    The camera looks at a random group of neighboring objects from outside the group, at a distance
    relative to the radius of the group and limited by the walls.

    Args:
        probe: Probe of the world.
        seed: Random seed.
        width: Image width, pixels.
        height: Image height, pixels.
        view_range: Fields of view, elevations and distances; None = the defaults.

    Raises:
        ConventionError: No position is far enough from every surface.
    """
    ranges = ViewRange() if view_range is None else view_range
    rng = np.random.default_rng([seed, 3])
    centers, radii = _object_spheres(probe)
    best: tuple[float, Viewpoint] | None = None
    num_free = 0
    # A crowded world needs more draws until enough of them hit free space.
    for _ in range(_DRAWS_PER_TRY * ranges.num_tries):
        view = _random_view(probe, rng, centers, radii, ranges, (width, height))
        if view is None:
            continue
        score = _score(probe, view)
        if best is None or score > best[0]:
            best = score, view
        num_free += 1
        if num_free == ranges.num_tries:
            break
    if best is None:
        raise ConventionError(
            "World to view",
            expected=f"a viewpoint {NEAREST:g} m away from every surface, with objects in sight",
            got=f"none among {_DRAWS_PER_TRY * ranges.num_tries} random viewpoints",
            do="Make the world larger or use fewer objects.",
        )
    return best[1]


def camera_with_fov(fov_deg: float, *, width: int, height: int) -> Camera:
    """A camera with a horizontal field of view in degrees and a centered principal point."""
    focal = width / 2 / np.tan(np.deg2rad(fov_deg) / 2)
    return Camera.from_focal(focal, focal, width / 2, height / 2, width=width, height=height)


def _object_spheres(probe: Probe) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(N, 3) centers and (N,) radii of the objects; one sphere for a world without objects."""
    centers, radii = [], []
    for placed in probe.world.objects:
        if not placed.is_stuff:
            low, high = placed.model.bounds
            middle = np.append((low + high) / 2, 1.0)
            centers.append((placed.world_from_object @ middle)[:3])
            radii.append(np.linalg.norm(high - low) / 2)
    if not centers:
        centers.append(probe.bounds.mean(axis=0))
        radii.append(np.linalg.norm(probe.bounds[1] - probe.bounds[0]) / 4)
    return np.array(centers), np.array(radii)


def _random_view(
    probe: Probe,
    rng: np.random.Generator,
    centers: NDArray[np.float64],
    radii: NDArray[np.float64],
    ranges: ViewRange,
    size: tuple[int, int],
) -> Viewpoint | None:
    """A random view, or None if the camera would be inside or too close to an object."""
    fov, elevation = (
        float(rng.uniform(*bounds)) for bounds in (ranges.fov_deg, ranges.elevation_deg)
    )
    anchor = int(rng.integers(len(centers)))
    apart = np.linalg.norm(centers - centers[anchor], axis=1)
    if rng.uniform() < _WIDE_SHARE:
        group = np.flatnonzero(apart <= rng.uniform(1.5, 4.0))
    else:
        group = np.argsort(apart, kind="stable")[: int(rng.integers(2, 8))]
        group = group[apart[group] <= max(1.2, 3 * radii[anchor])]
    target = centers[group].mean(axis=0)
    radius = float((np.linalg.norm(centers[group] - target, axis=1) + radii[group]).max())
    distance = float(rng.uniform(*ranges.distance)) * max(radius, 0.25)
    azimuth, roll = float(rng.uniform(0, 2 * np.pi)), float(rng.normal(0, 0.02))
    level = np.deg2rad(elevation)
    away = np.array(
        [np.cos(azimuth) * np.cos(level), np.sin(azimuth) * np.cos(level), np.sin(level)]
    )
    # In a room the wall behind the camera limits the distance.
    reach = _distance_to_shell(probe, target + away * min(radius, distance / 2), away)
    distance = min(distance, min(radius, distance / 2) + reach - 1.2 * NEAREST)
    if distance < _NEAREST_TARGET:
        return None
    eye = target + away * distance
    aim = target + rng.normal(0, 0.12 * distance * np.tan(np.deg2rad(fov) / 2), 3)
    if np.hypot(*(aim - eye)[:2]) < 1e-3:
        return None
    if probe.clearance(eye[None], limit=NEAREST)[0] < NEAREST or probe.is_outdoors(eye[None])[0]:
        return None
    camera = camera_with_fov(fov, width=size[0], height=size[1])
    return Viewpoint(camera, look_at(eye, aim, roll=roll))


def _distance_to_shell(
    probe: Probe, start: NDArray[np.float64], away: NDArray[np.float64]
) -> float:
    """Meters from a point along a direction to a wall, floor or ceiling, at most 100."""
    stuff = probe.world.stuff_ids
    traveled = 0.0
    for _ in range(20):
        distance, ids, _ = probe.cast((start + traveled * away)[None], away[None])
        if not np.isfinite(distance[0]):
            return 100.0
        traveled += float(distance[0]) + 1e-3
        if int(ids[0]) in stuff:
            break
    return traveled


def _score(probe: Probe, view: Viewpoint) -> float:
    """Number of visible objects, less penalties for bad compositions."""
    width = _GLIMPSE_WIDTH
    height = max(round(width * view.camera.height / view.camera.width), 1)
    depth, ids = probe.glimpse(view.camera.resized(width, height), view.world_from_cam)
    near = float(((depth > 0) & (depth < _OBSTRUCTION)).mean())
    counts = np.bincount(ids.ravel())
    counts[0] = 0
    for number in probe.world.stuff_ids & set(range(len(counts))):
        counts[number] = 0
    shares = counts / ids.size
    visible = int((shares > _SEEN_SHARE).sum())
    filled = float(shares.sum())
    # Obstructions, one object that fills the image, hardly any object, much background.
    penalty = 4.0 * (near > _OBSTRUCTED_SHARE) + 8.0 * max(float(shares.max()) - 0.5, 0.0)
    penalty += 3.0 * (filled < 0.08) + 2.0 * (float((ids == 0).mean()) > 0.3)
    return min(visible, 12) + filled - penalty
