"""``names/tiny``: names of objects of our worlds, from points, meshes or surfels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from scenewright.core import Asset, WeightsError
from scenewright.models import ObjectNamer, create
from scenewright.models.tiny.names import OTHER, TinyNames
from scenewright.worlds.language.scenes import true_scene
from scenewright.worlds.objects.registry import FAMILIES
from tests.builders import make_cube
from tests.models.tiny.names_builders import LABELS, make_world


@pytest.fixture(scope="module")
def namer() -> TinyNames:
    found = create("names/tiny")
    assert isinstance(found, TinyNames) and isinstance(found, ObjectNamer)
    return found


def test_the_words_are_the_families_and_other(namer: TinyNames) -> None:
    assert namer.words == (*FAMILIES, OTHER)


def test_furniture_is_named(namer: TinyNames) -> None:
    scene = true_scene(make_world())
    chances = namer.chances(scene)
    names = [namer.words[int(chances[number].argmax())] for number in range(1, 7)]
    assert sum(a == b for a, b in zip(names, LABELS, strict=True)) >= 5, names
    for found in chances.values():
        assert found.sum() == pytest.approx(1) and (found >= 0).all()


def test_turning_the_world_upright_differently_changes_nothing(namer: TinyNames) -> None:
    scene = true_scene(make_world())
    assert scene.points is not None
    turned = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
    points = replace(scene.points, points=(scene.points.points @ turned.T).astype(np.float32))
    other = replace(scene, points=points, up=turned @ np.array([0.0, 0.0, 1.0]))
    first, second = namer.chances(scene), namer.chances(other)
    assert first[2].argmax() == second[2].argmax()


def test_like_objects_have_like_vectors(namer: TinyNames) -> None:
    scene = true_scene(make_world())
    first, second = namer.vectors(scene), namer.vectors(true_scene(make_world(), seed=1))
    assert list(first) == list(namer.chances(scene))
    assert all(vector.shape == (namer.dim,) for vector in first.values())

    def cosine(a: int, b: int) -> float:
        one, other = first[a], second[b]
        return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))

    for number in first:
        others = [cosine(number, other) for other in second if other != number]
        assert cosine(number, number) > max(others), number


def test_too_few_points_give_no_name(namer: TinyNames) -> None:
    scene = true_scene(make_world(), points_per_object=10)
    assert namer.chances(scene) == {}


def test_meshes_are_named_too(namer: TinyNames) -> None:
    scene = true_scene(make_world())
    cube = Asset(make_cube(), np.eye(4))
    bare = replace(scene, points=None, assets={1: cube})
    assert namer.chances(bare) == {}  # 8 corners are too few


def test_wrong_weights_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save_file({"a": np.zeros(3, np.float32)}, path)
    with pytest.raises(WeightsError, match="expected weights of names/tiny, got other arrays"):
        TinyNames(f"file:{path}")
