"""Training samples from the stream."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from scenewright.core import ConventionError
from scenewright.worlds import DepthSensor
from scenewright.worlds.rendering import StereoSensor
from scenewright.worlds.writing import (
    Sample,
    ShardRecipe,
    stream_samples,
)

RECIPE = ShardRecipe(shares={"random": 1.0}, views_per_world=2, width=64, height=48, normals=True)


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    return list(itertools.takewhile(lambda s: s.seed < 3, stream_samples(RECIPE, 0)))


def test_samples_are_consistent(samples: list[Sample]) -> None:
    for sample in samples:
        assert sample.image.shape == (48, 64, 3) and sample.depth.shape == (48, 64)
        assert set(np.unique(sample.id_map)) - {0} <= set(sample.labels)
        assert ((sample.depth > 0) == (sample.id_map > 0)).all()
        things = set(np.unique(sample.id_map)) - {0} - sample.stuff_ids
        assert things, "an image without objects is useless for training"
        assert sample.normals is not None
        lengths = np.linalg.norm(sample.normals, axis=-1)
        np.testing.assert_allclose(lengths[sample.id_map > 0], 1, atol=0.01)
        assert sample.depth[sample.depth > 0].min() > 0.2
        # Seen surfaces face the camera: against the rays, not along them.
        rows, columns = np.indices(sample.depth.shape) + 0.5
        K = sample.camera.K
        rays = np.stack([(columns - K[0, 2]) / K[0, 0], (rows - K[1, 2]) / K[1, 1]], axis=-1)
        towards = (sample.normals[..., :2] * rays).sum(axis=-1) + sample.normals[..., 2]
        assert (towards[sample.id_map > 0] < 0.02).all()


def test_the_sensor_only_changes_depth() -> None:
    clean = next(stream_samples(RECIPE, 7))
    noisy = next(stream_samples(replace(RECIPE, sensor=DepthSensor()), 7))
    assert np.array_equal(clean.image, noisy.image)
    assert np.array_equal(clean.id_map, noisy.id_map)
    both = (clean.depth > 0) & (noisy.depth > 0)
    assert both.mean() > 0.2
    assert 1e-4 < np.abs(clean.depth - noisy.depth)[both].mean() < 0.1


def test_hard_light_and_offset_cameras_change_the_image_alone() -> None:
    plain = replace(RECIPE, relit=0.0, unregistered=0.0, wide=0.0)
    first = next(stream_samples(plain, 7))
    for recipe in (replace(plain, relit=1.0), replace(plain, unregistered=1.0)):
        other = next(stream_samples(recipe, 7))
        assert (other.image != first.image).any()
        np.testing.assert_array_equal(other.depth, first.depth)
        np.testing.assert_array_equal(other.id_map, first.id_map)


def test_wide_cameras() -> None:
    sample = next(stream_samples(replace(RECIPE, wide=1.0), 7))
    fov = 2 * np.rad2deg(np.arctan(32 / sample.camera.fx))
    assert 70 <= fov <= 95


def test_the_recipe_names_its_sensor() -> None:
    assert RECIPE.as_dict()["sensor"] is None
    for sensor, kind in ((StereoSensor(), "stereo"), (DepthSensor(), "structured-light")):
        assert replace(RECIPE, sensor=sensor).as_dict()["sensor"]["kind"] == kind


def test_shares_determine_the_kinds() -> None:
    recipe = replace(RECIPE, shares={"random": 0.0, "rooms": 2.0}, views_per_world=1)
    kinds = {sample.kind.split("/")[0] for sample in itertools.islice(stream_samples(recipe, 4), 2)}
    assert kinds == {"rooms"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"shares": {"gardens": 1.0}}, "ShardRecipe.shares: expected shares of kinds among rooms"),
        ({"shares": {}}, "got none"),
        (
            {"shares": {"rooms": 0.0}},
            "ShardRecipe.shares: expected 0 or more, at least one above 0",
        ),
        ({"relit": 1.5}, "ShardRecipe.relit: expected 0 to 1, got 1.5"),
        ({"views_per_world": 0}, "ShardRecipe.views_per_world: expected 1 to 1000, got 0"),
        ({"width": 0}, "Image size: expected 1 to 4096 pixels per side, got 0 x 48"),
    ],
)
def test_invalid_recipes_are_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ConventionError, match=message):
        replace(RECIPE, **changes)  # type: ignore[arg-type]


def test_negative_seed() -> None:
    with pytest.raises(ConventionError, match="Seed: expected 0 to 999999999, got -1"):
        next(stream_samples(RECIPE, -1))
