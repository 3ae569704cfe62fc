"""Ray casts, distances and visibility of a world without light."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import ConventionError
from scenewright.worlds import Probe, look_at
from scenewright.worlds.cameras.viewpoints import camera_with_fov
from scenewright.worlds.composing import World
from tests.worlds.film_builders import BOX, TABLE


def test_distance_to_a_box_is_exact(probe: Probe) -> None:
    # The crate fills x from -1.75 to -1.25, y from -1.35 to -0.85, z from 0 to 0.5.
    points = np.array(
        [[-1.5, -1.1, 0.9], [-1.0, -1.1, 0.3], [-1.0, -0.6, 0.45], [-1.5, -1.1, 0.25]]
    )
    expected = [0.4, 0.25, np.hypot(0.25, 0.25), 0.0]
    np.testing.assert_allclose(probe.clearance(points), expected, atol=1e-6)
    assert probe.clearance(points[:1], limit=0.1)[0] == pytest.approx(0.1)
    assert probe.is_inside(points).tolist() == [False, False, False, True]
    outside = np.array([[0.0, 0.0, 1.0], [9.0, 0.0, 1.0]])
    assert probe.is_outdoors(outside).tolist() == [False, True]


def test_rays_hit_the_first_surface_with_its_id(probe: Probe) -> None:
    start = np.array([[0.3, 0.1, 2.0], [0.3, 0.1, 2.0], [0.6, 0.15, 0.35]])
    directions = np.array([[0.0, 0.0, -1.0], [0.0, 0.0, 0.5], [0.0, 0.0, 1.0]])
    distance, ids, behind = probe.cast(start, directions)
    assert distance[0] == pytest.approx(1.1) and ids[0] == BOX and not behind[0]
    assert np.isinf(distance[1]) and ids[1] == 0 and not behind[1], "there is no ceiling"
    assert ids[2] == TABLE and behind[2], "from inside, the back of the top is hit"


def test_bounds_and_glimpses(probe: Probe) -> None:
    np.testing.assert_allclose(probe.bounds_of(8), [(-1.75, -1.35, 0), (-1.25, -0.85, 0.5)])
    assert probe.is_room
    camera = camera_with_fov(60, width=16, height=12)
    depth, ids = probe.glimpse(
        camera, look_at(np.array([-0.5, -1.1, 0.3]), np.array([-1.5, -1.1, 0.3]))
    )
    assert ids[6, 8] == 8 and depth[6, 8] == pytest.approx(0.75, abs=1e-3)


def test_a_world_without_objects_is_refused() -> None:
    with pytest.raises(ConventionError) as error:
        Probe(World((), (1, 1, 1)))
    assert str(error.value) == "World to film: expected at least one object, got none"
