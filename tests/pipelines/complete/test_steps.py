"""Completing a scene in memory, and what cannot be completed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import scenewright as sw
from scenewright.core import ConventionError, InstanceTable, Scene
from scenewright.models.partial_shapes import PartialShape, ShapeGuess
from scenewright.pipelines.complete.settings import CompleteSettings
from scenewright.pipelines.complete.steps import chosen_objects, complete_scene
from tests.completion.completion_builders import BOX, FLOOR, POST, film, seen_scene


class Filler:
    """A completer that fills everything unknown, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, int]] = []

    def complete(
        self, shape: PartialShape, *, num_seeds: int = 1, seed: int = 0
    ) -> tuple[ShapeGuess, ...]:
        self.asked.append((num_seeds, seed))
        solid = shape.occupied | (shape.unknown & (shape.heights() < 1.0))
        return (ShapeGuess(solid, np.ones(solid.shape, np.float32), 1.0, "filler"),)


def test_stored_grids_are_used_and_others_are_made_from_the_frames() -> None:
    scene, settings = seen_scene(), CompleteSettings(model="complete/hull")
    done = complete_scene(scene, None, settings)
    assert done.grids_from == "the scene" and done.ids == (BOX, POST)
    assert {"completion", "background"} <= set(done.stages) and done.num_closed > 0
    assert done.scene.provenance[-1].name == "complete"
    assert done.scene.provenance[-1].config["model"] == "complete/hull"
    bare = replace(scene, grids={})
    done = complete_scene(bare, film(), replace(settings, ids=(BOX,), background=False))
    assert done.grids_from == "the frames" and done.ids == (BOX,) and done.num_closed == 0
    assert set(done.scene.grids) == {BOX} and set(done.scene.assets) == {BOX}


def test_the_everyday_function_takes_any_completer() -> None:
    filler = Filler()
    whole = sw.complete(seen_scene(), ids=[POST], model=filler, seeds=3, seed=7)
    assert filler.asked == [(3, 7)]
    assert whole.assets[POST].is_whole and BOX not in whole.assets


def test_no_objects_and_unknown_ids() -> None:
    table = seen_scene().instances
    with pytest.raises(ConventionError) as error:
        chosen_objects(Scene(InstanceTable.empty()), ())
    assert str(error.value) == (
        "The scene has no objects: expected at least one object to complete, got no instance. "
        "Run 'scenewright segment' on its capture first."
    )
    with pytest.raises(ConventionError, match="got 2 instances, all part of the room"):
        chosen_objects(Scene(table[table.is_stuff]), ())
    with pytest.raises(ConventionError, match="instance 9: expected one of the ids 1, 2, 3, 4"):
        chosen_objects(seen_scene(), (9,))
    assert chosen_objects(seen_scene(), (POST, POST, FLOOR)) == (POST, FLOOR)


def test_neither_grids_nor_frames() -> None:
    with pytest.raises(ConventionError) as error:
        sw.complete(replace(seen_scene(), grids={}))
    assert str(error.value) == (
        "Nothing is known of the space around instance 3: expected state grids in the scene, or "
        "the frames of its capture, got neither. Give the frames with --capture (capture=...), or "
        "store grids while they are there: 'scenewright segment CAPTURE --grids'."
    )
