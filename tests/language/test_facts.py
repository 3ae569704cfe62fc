"""What is collected about a scene."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenewright.core import Box3D, InstanceTable, Scene
from scenewright.language.facts import printable, read_facts
from tests.builders import turn
from tests.language.language_builders import boxes_only, make_room


def test_names_boxes_and_the_viewer() -> None:
    facts = read_facts(make_room())
    assert facts.names[9] == "coffee table" and facts.labels[9] == "coffee table"
    assert facts.is_object.tolist() == [False] + [True] * 10
    assert facts.low[1] == pytest.approx([2.6, -0.8, 0.0])
    assert facts.center == pytest.approx([0.0, 0.0])
    assert facts.has_names and facts.has_colors
    assert facts.title(2) == "chair 3" and facts.color(2) == "red"
    assert [len(one) for one in facts.samples] == [200] * 11


def test_sizes_do_not_depend_on_how_a_box_is_turned() -> None:
    room = make_room()
    row = room.instances.row(1)
    turned = Box3D(row.box.center, row.box.size[[2, 0, 1]], turn(0.4) @ np.eye(3)[:, [2, 0, 1]])
    table = InstanceTable.from_rows([row, replace(row, id=50, box=turned)])
    facts = read_facts(Scene(table, up=np.array([0.0, 0.0, 1.0])))
    for feature in ("volume", "height", "length"):
        values = facts.feature(feature)
        assert values[0] == pytest.approx(values[1])
    assert facts.sizes[0] == pytest.approx([1.6, 0.8, 0.8])


def test_gravity_turns_the_scene() -> None:
    room = boxes_only(make_room())
    tilted = replace(
        room,
        instances=replace(
            room.instances,
            center=room.instances.center[:, [0, 2, 1]] * [1, 1, -1],
            size=room.instances.size[:, [0, 2, 1]],
        ),
        up=np.array([0.0, 1.0, 0.0]),
    )
    facts = read_facts(tilted)
    assert facts.feature("top")[9] == pytest.approx(0.5)
    assert facts.sizes[1] == pytest.approx([1.6, 0.8, 0.8])


def test_a_scene_without_scale_is_as_large_as_a_room() -> None:
    facts = read_facts(replace(make_room(), is_metric=False))
    assert np.linalg.norm(facts.high.max(axis=0) - facts.low.min(axis=0)) == pytest.approx(6.0)


def test_candidates_lower_the_score_of_a_name() -> None:
    room = make_room()
    scores: list[dict[str, float]] = [{} for _ in room.instances.label]
    scores[1] = {"desk": 0.6, "table": 0.3}
    facts = read_facts(replace(room, instances=replace(room.instances, label_scores=tuple(scores))))
    assert facts.named("desk")[1] == pytest.approx(0.6)
    assert facts.named("table")[1] == pytest.approx(0.3)
    assert facts.named("table")[9] == 1.0
    assert facts.named("chair")[2] == 1.0


def test_labels_are_made_printable() -> None:
    assert printable("coffee_table") == "coffee table"
    assert printable("a\nb\x1b[31m") == "a b [31m"
    assert len(printable("x" * 500)) == 40
