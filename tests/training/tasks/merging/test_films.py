"""The films that learned merging is trained on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scenewright.fusion.merging.sums import AFFINITY_WEIGHT
from scenewright.training.tasks.merging import films
from scenewright.training.tasks.merging.films import film, make_examples
from scenewright.worlds import DepthSensor, SyntheticCapture, film_world
from scenewright.worlds.composing.rooms import RoomConfig, make_room_world
from scenewright.worlds.film import FOV_DEG
from scenewright.worlds.rendering import SENSORS, sensor_name

ALL = {"masks/parts", "masks/depth-edges", "masks/tiny-rgbd", "true", "damaged"}


@pytest.mark.slow
def test_a_seed_decides_everything() -> None:
    first, again = film(7), film(7)
    assert first is not None and again is not None
    assert (len(first), first.sensor) == (len(again), again.sensor)
    assert 35 <= len(first) < 70 and first[0].camera.size == (240, 320)
    for index in (0, len(first) - 1):
        one, other = first[index], again[index]
        np.testing.assert_array_equal(one.depth, other.depth)
        np.testing.assert_array_equal(one.world_from_cam, other.world_from_cam)


def test_options_of_films_have_their_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[dict[str, Any]] = []
    world = small_film(1).world
    monkeypatch.setattr(films, "make_room_world", lambda seed, config: world)
    monkeypatch.setattr(films, "make_world", lambda kind, seed: world)
    monkeypatch.setattr(films, "restyled", lambda world, seed: world)
    monkeypatch.setattr(films, "film_world", lambda world, **options: made.append(options))
    for seed in range(400):
        film(seed)
    noisy = [one["sensor"] for one in made if one["sensor"] is not None]
    kinds = [sensor_name(one) for one in noisy]
    assert set(kinds) == set(SENSORS) - {"exact"}
    assert kinds.count("structured-light") / len(kinds) == pytest.approx(0.55, abs=0.07)
    for name, share in (("lighting", 0.3), ("color_offset", 0.2)):
        found = sum(one[name] is not None for one in made) / len(made)
        assert found == pytest.approx(share, abs=0.06), name
    others = [one["fov_deg"] for one in made if one["fov_deg"] != FOV_DEG]
    assert len(others) / len(made) == pytest.approx(0.3, abs=0.06)
    assert 50 <= min(others) < 55 and 85 < max(others) <= 90


def small_film(seed: int) -> SyntheticCapture:
    """Four frames of 160 x 120 of a small room."""
    room = make_room_world(seed, RoomConfig(num_objects=(3, 5), size=(3.0, 4.0)))
    return film_world(room, num_frames=4, width=160, height=120, sensor=DepthSensor(), seed=seed)


@pytest.mark.slow
def test_each_kind_of_masks_gives_an_example(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(films, "film", small_film)
    monkeypatch.setattr(films, "_OTHER_MASKS", dict.fromkeys(ALL - {"masks/parts"}, 1.0))
    found = make_examples(3)
    assert set(found) == ALL
    for name, example in found.items():
        assert len(example.graph) > 3 and (example.truth_of >= 0).any(), name
        assert len(example.on_truth) == len(example.graph)
    sizes = {example.truth_size.tobytes() for example in found.values()}
    assert len(sizes) == 1  # the same surface
    again = make_examples(3)
    for name, example in found.items():
        np.testing.assert_array_equal(again[name].graph.pair_sums, example.graph.pair_sums)
    assert (found["masks/parts"].graph.pair_sums[:, AFFINITY_WEIGHT] > 0).any()


def test_a_room_without_space_for_the_camera_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(films, "film", lambda seed: None)
    assert make_examples(1) == {}
