"""Trajectories keep clear of everything, are smooth, and do not depend on the frame count."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.core import ConventionError
from scenewright.worlds import (
    Probe,
    film_room,
    plan_trajectory,
)
from scenewright.worlds.cameras.trajectories import orbit, sweep, walk
from scenewright.worlds.cameras.viewpoints import camera_with_fov
from scenewright.worlds.composing import World
from tests.worlds.film_builders import BOX, SIZE

CAMERA = camera_with_fov(60, width=64, height=48)


PATHS = {"sweep": sweep, "walk": walk, "orbit": orbit}


@pytest.fixture(scope="module")
def room() -> Probe:
    return Probe(film_room(5, num_frames=1, width=8, height=6).world)


def steps(poses: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Meters and radians from each pose to the next."""
    moved = np.linalg.norm(np.diff(poses[:, :3, 3], axis=0), axis=1)
    turns = np.einsum("nij,nik->njk", poses[:-1, :3, :3], poses[1:, :3, :3])
    cosines = (np.trace(turns, axis1=1, axis2=2) - 1) / 2
    return moved, np.arccos(np.clip(cosines, -1, 1))


def dense_clearance(world: World, points: NDArray[np.float64]) -> float:
    """Least distance to points strewn over all surface, at most too large by their spacing."""
    rng = np.random.default_rng(0)
    least = np.inf
    for placed in world.objects:
        for part in placed.model.parts:
            pose = placed.world_from_object
            corners = part.mesh.vertices @ pose[:3, :3].T + pose[:3, 3]
            triangles = corners[part.mesh.faces]
            weights = rng.dirichlet((1, 1, 1), (len(triangles), 60))
            strewn = np.einsum("tkc,tcd->tkd", weights, triangles).reshape(-1, 3)
            apart = np.linalg.norm(points[:, None] - strewn, axis=-1)
            least = min(least, float(apart.min()))
    return least


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize("seed", range(3))
def test_paths_keep_clear_of_everything(name: str, seed: int, probe: Probe) -> None:
    poses = PATHS[name](probe, seed=seed).poses(50)
    eyes = poses[:, :3, 3]
    assert probe.clearance(eyes).min() >= 0.25
    assert dense_clearance(probe.world, eyes) >= 0.25
    assert (np.abs(eyes[:, :2]) < np.array(SIZE[:2]) / 2 - 0.2).all()
    np.testing.assert_allclose(np.linalg.det(poses[:, :3, :3]), 1, atol=1e-9)


@pytest.mark.parametrize("name", PATHS)
def test_paths_through_a_furnished_room(name: str, room: Probe) -> None:
    poses = PATHS[name](room, seed=1).poses(60)
    eyes = poses[:, :3, 3]
    assert room.clearance(eyes).min() >= 0.25
    assert not room.is_outdoors(eyes).any()
    # From one frame to the next the camera never passes through anything.
    ahead = np.roll(eyes, -1, axis=0) - eyes
    distance, _, _ = room.cast(eyes, ahead)
    assert (distance > 1).all()


@pytest.mark.parametrize("name", PATHS)
def test_paths_are_smooth_and_closed(name: str, room: Probe) -> None:
    path = PATHS[name](room, seed=2)
    for count in (100, 400):
        poses = path.poses(count)
        moved, turned = steps(np.concatenate([poses, poses[:1]]))
        # Tremble is a few millimeters and a fraction of a degree, whatever the number of frames.
        assert moved.max() < 3 * 14 / count + 0.02
        assert turned.max() < 3 * np.pi * 3 / count + 0.03
        assert moved.max() < 4 * np.median(moved) + 0.02


@pytest.mark.parametrize("name", PATHS)
def test_more_frames_sample_the_same_path(name: str, probe: Probe) -> None:
    few, many = (
        plan_trajectory(probe, name, camera=CAMERA, seed=4, num_frames=count) for count in (7, 21)
    )
    np.testing.assert_allclose(few, many[::3], atol=1e-12)
    again = plan_trajectory(probe, name, camera=CAMERA, seed=4, num_frames=7)
    other = plan_trajectory(probe, name, camera=CAMERA, seed=5, num_frames=7)
    assert np.array_equal(few, again) and not np.allclose(few, other)


def test_more_stills_begin_with_the_same(probe: Probe) -> None:
    few, many = (
        plan_trajectory(probe, "stills", camera=CAMERA, seed=4, num_frames=n) for n in (2, 3)
    )
    assert np.array_equal(few, many[:2])
    assert probe.clearance(many[:, :3, 3]).min() >= 0.25


def test_a_walk_goes_around_the_furniture(probe: Probe) -> None:
    eyes = walk(probe, seed=0).poses(200)[:, :3, 3]
    down = np.broadcast_to((0.0, 0.0, -1.0), eyes.shape)
    _, below, _ = probe.cast(eyes, down)
    assert set(below.tolist()) == {1}, "nothing but floor is under the camera"
    assert np.ptp(eyes[:, 0]) > 1 and np.ptp(eyes[:, 1]) > 1


def test_an_orbit_looks_at_its_target(probe: Probe) -> None:
    poses = orbit(probe, seed=3, target=BOX).poses(40)
    middle = np.array([0.3, 0.1, 0.8, 1.0])
    for pose in poses:
        x, y, z = (np.linalg.inv(pose) @ middle)[:3]
        assert z > 0.4 and np.hypot(x, y) / z < 0.2
    seen = [(probe.glimpse(CAMERA, pose)[1] == BOX).sum() for pose in poses]
    assert min(seen) > 20


def test_an_orbit_of_something_that_is_not_there(probe: Probe) -> None:
    with pytest.raises(ConventionError, match=r"an object's id of 6, 7, 8, got 99"):
        orbit(probe, seed=0, target=99)
