"""Composed worlds obey physics and are reproducible."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from scenewright.core import ConventionError
from scenewright.worlds.composing.ground_truth import WorldFaults, check_world
from scenewright.worlds.composing.world import World
from tests.worlds.composing.composing_builders import make

FINGERPRINT = """
import numpy as np
from scenewright.worlds.composing.random_worlds import RandomConfig, make_random_world
from scenewright.worlds.composing.rooms import make_room_world
for world in (make_room_world(7), make_random_world(7, RandomConfig(layout="tabletop"))):
    for placed in world.objects:
        points = np.concatenate([part.mesh.vertices for part in placed.model.parts])
        pose = placed.world_from_object
        print(placed.label, *(f"{v:.6f}" for v in [*pose.ravel(), points.sum(), points.std()]))
    print(world.lights, world.ambient, world.relations)
"""


def faults_of(kind: str, seed: int) -> WorldFaults:
    return check_world(make(kind, seed))


class TestSoundness:
    def test_of_20_worlds(self, rooms: list[World], heaps: list[World]) -> None:
        for world in (*rooms, *heaps):
            faults = check_world(world)
            assert faults.is_sound, (world.kind, world.seed, faults)
            assert faults.floating < 1e-3, (world.kind, world.seed, faults)
            assert faults.overlap < 1e-3, (world.kind, world.seed, faults)

    @pytest.mark.slow
    @pytest.mark.parametrize("kind", ["rooms", "floor", "tabletop"])
    @pytest.mark.parametrize("start", [100, 117, 134, 151])
    def test_of_200_worlds(self, kind: str, start: int) -> None:
        for seed in range(start, start + 17):
            faults = faults_of(kind, seed)
            assert faults.is_sound, (kind, seed, faults)


class TestSeeds:
    def test_give_the_same_world_in_any_process(self) -> None:
        runs = [
            subprocess.run(
                [sys.executable, "-c", FINGERPRINT],
                capture_output=True,
                text=True,
                check=True,
                env={
                    "PYTHONHASHSEED": value,
                    "PYTHONPATH": os.pathsep.join(sys.path),
                    "PATH": "",
                    "OMP_NUM_THREADS": value,
                },
            ).stdout
            for value in ("1", "2")
        ]
        assert len(runs[0].splitlines()) > 30
        assert runs[0] == runs[1]

    @pytest.mark.parametrize("kind", ["rooms", "floor", "tabletop"])
    def test_differ(self, kind: str) -> None:
        poses = [np.sum([o.world_from_object for o in make(kind, s).objects]) for s in (1, 2)]
        assert poses[0] != poses[1]


class TestBadSeeds:
    @pytest.mark.parametrize("kind", ["rooms", "floor"])
    def test_refuses_negative_seeds(self, kind: str) -> None:
        with pytest.raises(ConventionError, match=r"^seed: expected 0 or more, got -3$"):
            make(kind, -3)
