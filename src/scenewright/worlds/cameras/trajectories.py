"""Camera trajectories through a world that keep a minimum distance to every surface."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from scenewright.core import Camera, ConventionError, UnknownNameError
from scenewright.worlds.cameras.camera_path import (
    CameraPath,
    full_turn,
    retimed,
    sway,
    with_hand_tremor,
)
from scenewright.worlds.cameras.free_plane import free_loop, free_plane
from scenewright.worlds.cameras.probe import Probe
from scenewright.worlds.cameras.viewpoints import NEAREST, ViewRange, single_view
from scenewright.worlds.composing.world import PlacedObject

_SWAY = 0.06
"""How far a path may leave its planned height, meters."""
_MARGIN = 0.04
"""Reserve for sideways sway and tremor, meters."""
_NUM_STOPS, _NUM_YAWS = 90, 48
"""Number of points of a walk at which viewing directions are rated, and of directions."""
_WIDE_VIEW = 4.0
"""Free distances beyond this do not improve a view, meters."""
_HIGHEST_TARGET = 1.3
"""Objects that are taller than this are no target of an orbit, meters."""


def sweep(probe: Probe, *, seed: int) -> CameraPath:
    """A loop at eye height around the open center of a room, looking across it and side to side.

    Raises:
        ConventionError: There is no free space for a camera at that height.
    """
    rng = np.random.default_rng([seed, 1])
    level = min(1.45, 0.6 * probe.world.size[2])
    plane = free_plane(probe, level, sway=_SWAY, clearance=NEAREST + _MARGIN)
    center, angles, reach = plane.most_open_point()
    phase = full_turn()
    turn: NDArray[np.float64] = phase + rng.uniform(0, 2 * np.pi)
    radius = _smooth_reach(reach, angles, turn)
    outward = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    positions = np.empty((len(phase), 3))
    positions[:, :2] = center + outward * radius[:, None]
    positions[:, 2] = level + 0.8 * _SWAY * sway(phase, rng)
    target = np.empty_like(positions)
    target[:, :2] = center - 0.35 * outward * radius[:, None]
    target[:, :2] += 0.15 * np.stack([sway(phase, rng), sway(phase, rng)], axis=1)
    target[:, 2] = 0.43 * level + 0.2 * sway(phase, rng)
    swing = 0.55 * np.sin(4 * phase + rng.uniform(0, 2 * np.pi))
    directions = _turned(target - positions, swing)
    path = retimed(CameraPath(positions, directions, 0.03 * sway(phase, rng)))
    return with_hand_tremor(probe, path, rng)


def walk(probe: Probe, *, seed: int) -> CameraPath:
    """A loop over the free floor, looking ahead and to both sides.

    Raises:
        ConventionError: There is no free floor to walk on.
    """
    rng = np.random.default_rng([seed, 2])
    level = min(1.5, 0.6 * probe.world.size[2])
    plane = free_plane(probe, level, sway=_SWAY, clearance=NEAREST + _MARGIN, floor=True)
    loop = free_loop(plane, rng, num_points=len(full_turn()))
    phase = full_turn()
    yaw = _best_directions(probe, loop, 0.75 * level)
    pitch = -0.3 + 0.1 * sway(phase, rng)
    directions = np.stack(
        [np.cos(yaw) * np.cos(pitch), np.sin(yaw) * np.cos(pitch), np.sin(pitch)], axis=1
    )
    positions = np.column_stack([loop, level + 0.5 * _SWAY * sway(phase, rng)])
    path = retimed(CameraPath(positions, directions, 0.02 * sway(phase, rng)))
    return with_hand_tremor(probe, path, rng)


def orbit(probe: Probe, *, seed: int, target: int | None = None) -> CameraPath:
    """A circle around an object and what stands on it, or back and forth on its free arc.

    Args:
        probe: Probe of the world.
        seed: Random seed of target, height and start.
        target: Instance id; None = in a room an object that carries others, else all objects
            together.

    Raises:
        ConventionError: There is no such object, or no free arc of 20 degrees around it.
    """
    rng = np.random.default_rng([seed, 3])
    center, radius = _target(probe, rng, target)
    angles = full_turn()
    width = middle = distance = tilt = 0.0
    lowest = float(np.deg2rad(rng.uniform(22, 35)))
    for rise, factor in itertools.product((0.0, 0.17, 0.35), (2.3, 1.9, 1.6, 1.3)):
        tried = float(np.clip(factor * radius, 0.7, 4.0))
        ring = _ring(center, tried, lowest + rise, angles)
        arc_middle, arc = _longest_arc(_can_see(probe, ring, center), angles)
        # Larger and lower circles are tried first; a later one must be clearly freer.
        if arc > width + 0.2:
            width, middle, distance, tilt = arc, arc_middle, tried, lowest + rise
        if width >= 2 * np.pi:
            break
    if width < np.deg2rad(20):
        raise ConventionError(
            "World to film on an orbit",
            expected="a free arc of 20 degrees or more around the target",
            got=f"{np.rad2deg(width):.0f} degrees",
            do="Choose another target, or another trajectory.",
        )
    phase: NDArray[np.float64] = angles + rng.uniform(0, 2 * np.pi)
    turn = phase if width >= 2 * np.pi else middle - 0.45 * width * np.cos(phase)
    positions = _ring(center, distance, tilt, turn)
    positions[:, 2] += 0.4 * _MARGIN * sway(phase, rng)
    aim: NDArray[np.float64] = center + 0.08 * radius * np.stack(
        [sway(phase, rng) for _ in range(3)], axis=1
    )
    path = CameraPath(positions, aim - positions, 0.02 * sway(phase, rng))
    return with_hand_tremor(probe, path, rng)


def stills(probe: Probe, camera: Camera, *, seed: int, num_frames: int) -> NDArray[np.float64]:
    """Good viewpoints for single images with one camera, each chosen independently.

    Args:
        probe: Probe of the world.
        camera: Its field of view is used.
        seed: Random seed.
        num_frames: Number of images.

    Returns:
        (num_frames, 4, 4) float64 `world_from_cam`.
    """
    fov = float(np.rad2deg(2 * np.arctan(camera.width / 2 / camera.fx)))
    view_range = ViewRange(fov_deg=(fov, fov))
    return np.stack(
        [
            single_view(
                probe,
                seed=seed * 1000 + number,
                width=camera.width,
                height=camera.height,
                view_range=view_range,
            ).world_from_cam
            for number in range(num_frames)
        ]
    )


_PATHS: dict[str, Callable[..., CameraPath]] = {"sweep": sweep, "walk": walk, "orbit": orbit}
TRAJECTORIES = (*_PATHS, "stills")
"""Names that `plan_trajectory` accepts."""


def plan_trajectory(
    probe: Probe, name: str, *, camera: Camera, seed: int, num_frames: int
) -> NDArray[np.float64]:
    """Poses of a named kind of trajectory.

    Args:
        probe: Probe of the world.
        name: One of `TRAJECTORIES`.
        camera: Intrinsics of the frames; only stills depend on it.
        seed: Random seed.
        num_frames: 1 or more; more frames sample the same path more densely.

    Returns:
        (num_frames, 4, 4) float64 `world_from_cam`.

    Raises:
        UnknownNameError: There is no such kind.
        ConventionError: The world has no free space for it.
    """
    if num_frames < 1:
        raise ConventionError("num_frames", expected="1 or more", got=str(num_frames))
    if name == "stills":
        return stills(probe, camera, seed=seed, num_frames=num_frames)
    if name not in _PATHS:
        raise UnknownNameError(
            f"There is no trajectory '{name}'", expected=f"one of {', '.join(TRAJECTORIES)}"
        )
    return _PATHS[name](probe, seed=seed).poses(num_frames)


def _turned(directions: NDArray[np.float64], yaw: NDArray[np.float64]) -> NDArray[np.float64]:
    """Directions rotated to the left about z, of unit length."""
    c, s = np.cos(yaw), np.sin(yaw)
    x, y, z = directions.T
    turned: NDArray[np.float64] = np.stack([c * x - s * y, s * x + c * y, z], axis=1)
    turned /= np.linalg.norm(turned, axis=1, keepdims=True)
    return turned


def _smooth_reach(
    reach: NDArray[np.float64], angles: NDArray[np.float64], turn: NDArray[np.float64]
) -> NDArray[np.float64]:
    """A smooth radius at the angles `turn` that never exceeds `reach`.

    Each value of a running minimum over a window is at most the reach everywhere within half of
    that window, and so is a mean of such values over the window.
    """
    window = len(reach) // 12 | 1
    lowest = ndimage.minimum_filter1d(0.85 * reach, window, mode="wrap")
    smooth = lowest
    for _ in range(2):
        smooth = ndimage.uniform_filter1d(smooth, window // 2 | 1, mode="wrap")
    radius: NDArray[np.float64] = np.interp(turn, angles, smooth, period=2 * np.pi)
    return radius


def _best_directions(probe: Probe, path: NDArray[np.float64], level: float) -> NDArray[np.float64]:
    """(M,) viewing angles along a closed path: ahead, and where the view is wide.

    The sequence with the best rating less a cost for turns, by dynamic programming (Viterbi) over
    three rounds of which the middle one is used, so that the end fits the start.
    """
    stops = path[:: len(path) // _NUM_STOPS]
    yaws = np.arange(_NUM_YAWS) * (2 * np.pi / _NUM_YAWS)
    directions = np.stack([np.cos(yaws), np.sin(yaws), np.zeros(_NUM_YAWS)], axis=1)
    starts = np.repeat(np.column_stack([stops, np.full(len(stops), level)]), _NUM_YAWS, axis=0)
    distance, _, _ = probe.cast(starts, np.tile(directions, (len(stops), 1)))
    view = np.minimum(distance, _WIDE_VIEW).reshape(len(stops), _NUM_YAWS).astype(np.float64)
    view = ndimage.uniform_filter1d(view, _NUM_YAWS // 6, axis=1, mode="wrap")
    ahead = np.roll(stops, -1, axis=0) - np.roll(stops, 1, axis=0)
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-9)
    rating = view + ahead @ directions[:, :2].T
    apart = np.abs(np.arange(_NUM_YAWS)[:, None] - np.arange(_NUM_YAWS))
    turn_cost = 0.25 * np.minimum(apart, _NUM_YAWS - apart)
    best, before = np.zeros(_NUM_YAWS), []
    for row in np.concatenate([rating, rating, rating]):
        total = best[:, None] - turn_cost
        before.append(total.argmax(axis=0))
        best = total.max(axis=0) + row
    chosen = [int(best.argmax())]
    for back in before[:0:-1]:
        chosen.append(int(back[chosen[-1]]))
    middle = chosen[::-1][len(stops) : 2 * len(stops)]
    yaw = np.unwrap(yaws[middle])
    winding = 2 * np.pi * round((yaw[-1] - yaw[0] + _step(yaw)) / (2 * np.pi))
    closed = np.append(yaw, yaw[0] + winding)
    share = np.arange(len(path)) * (len(stops) / len(path))
    fine = np.interp(share, np.arange(len(closed)), closed)
    trend = winding * np.arange(len(path)) / len(path)
    width = len(path) / _NUM_STOPS * 1.5
    smooth: NDArray[np.float64] = trend + ndimage.gaussian_filter1d(
        fine - trend, width, mode="wrap"
    )
    return smooth


def _step(yaw: NDArray[np.float64]) -> float:
    """The turn from the last angle of a closed sequence to its first, at most half a turn."""
    return float((yaw[0] - yaw[-1] + np.pi) % (2 * np.pi) - np.pi)


def _target(
    probe: Probe, rng: np.random.Generator, wanted: int | None
) -> tuple[NDArray[np.float64], float]:
    """Center and radius of the target of an orbit."""
    objects = {one.instance_id: one for one in probe.world.objects if not one.is_stuff}
    if wanted is not None and wanted not in objects:
        known = ", ".join(map(str, objects)) or "none"
        raise ConventionError(
            "Target of the orbit", expected=f"an object's id of {known}", got=str(wanted)
        )
    group = list(objects)
    carriers = [
        one.instance_id
        for one in objects.values()
        if one.model.carriers and probe.bounds_of(one.instance_id)[1, 2] < _HIGHEST_TARGET
    ]
    loaded = {one.supported_by for one in objects.values()}
    carriers = [number for number in carriers if number in loaded] or carriers
    if wanted is None and carriers and probe.is_room:
        wanted = int(rng.choice(carriers))
    if wanted is not None:
        group = [number for number in objects if _stands_on(objects, number, wanted)]
    corners = [probe.bounds] if not group else [probe.bounds_of(number) for number in group]
    low = np.min([pair[0] for pair in corners], axis=0)
    high = np.max([pair[1] for pair in corners], axis=0)
    return (low + high) / 2, float(np.linalg.norm(high - low) / 2)


def _stands_on(objects: dict[int, PlacedObject], number: int | None, carrier: int) -> bool:
    """Whether an object is the carrier itself or stands on it, directly or on other objects."""
    while number is not None:
        if number == carrier:
            return True
        number = objects[number].supported_by if number in objects else None
    return False


def _ring(
    center: NDArray[np.float64], distance: float, tilt: float, angles: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(N, 3) points on a horizontal circle around a vertical axis through the center."""
    level, rise = distance * np.cos(tilt), distance * np.sin(tilt)
    ring: NDArray[np.float64] = np.stack(
        [level * np.cos(angles), level * np.sin(angles), np.full(len(angles), rise)], axis=1
    )
    ring += center
    return ring


def _can_see(
    probe: Probe, positions: NDArray[np.float64], center: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Whether a camera may be at each position, with no wall in front of the target."""
    free = probe.clearance(positions, limit=2 * NEAREST) >= NEAREST + _MARGIN
    _, ids, _ = probe.cast(positions, center - positions)
    stuff = np.isin(ids, list(probe.world.stuff_ids))
    return free & ~stuff & ~probe.is_outdoors(positions)


def _longest_arc(free: NDArray[np.bool_], angles: NDArray[np.float64]) -> tuple[float, float]:
    """Center and width of the longest run of True in a circular mask, radians."""
    if free.all():
        return 0.0, 2 * np.pi
    num = len(free)
    twice = np.concatenate([free, free]).astype(np.int8)
    edges = np.diff(twice, prepend=0, append=0)
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    if not len(starts):
        return 0.0, 0.0
    longest = int(np.argmax(ends - starts))
    step = 2 * np.pi / num
    start, width = starts[longest], ends[longest] - starts[longest] - 1
    return float(angles[0] + step * (start + width / 2)), float(step * width)
