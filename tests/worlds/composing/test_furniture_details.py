"""Folds and panels of furniture."""

from __future__ import annotations

import numpy as np

from scenewright.worlds.composing.detailing import detailed
from scenewright.worlds.composing.rooms import RoomConfig, make_room_world
from scenewright.worlds.objects.closed_meshes import is_closed

SMALL = RoomConfig(num_objects=(4, 10), size=(3.0, 4.5), themes=("bedroom", "living"))


def test_folds_are_shallow_and_keep_meshes_closed() -> None:
    bent = 0
    for seed in range(10):
        before = make_room_world(seed, SMALL)
        after = detailed(before, seed=seed)
        for old, new in zip(before.objects, after.objects, strict=False):
            for part in new.model.parts:
                assert is_closed(part.mesh.faces)
            for one, other in zip(old.model.parts, new.model.parts, strict=False):
                if other.name == one.name and len(other.mesh.faces) > len(one.mesh.faces):
                    bent += 1
                    drift = np.abs(
                        [f(other.mesh.vertices, axis=0) - f(one.mesh.vertices, axis=0)
                         for f in (np.min, np.max)]
                    )  # fmt: skip
                    assert drift.max() < 0.15
    assert bent > 10
