"""The depth sensor: size of the errors, and which pixels are lost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenewright.core import ConventionError
from scenewright.worlds.rendering import DepthSensor, Renderer, View
from tests.worlds.rendering_builders import CAMERA, FRONT, small_world

PERFECT = DepthSensor(
    noise=0, disparity_step=0, bleeding=0, shadow=0, grazing=0, dark_loss=0, dropout=0
)


def wall(distance: float, *, gray: int = 128) -> View:
    shape = (120, 160)
    return View(
        np.full((*shape, 3), gray, np.uint8),
        np.full(shape, distance, np.float32),
        np.zeros((*shape, 3), np.float32),
        np.ones(shape, np.int32),
    )


def observe(sensor: DepthSensor, view: View, *, seed: int = 0) -> np.ndarray:
    return sensor.observe(view, CAMERA, rng=np.random.default_rng(seed))


def test_a_perfect_sensor_reports_the_truth() -> None:
    view = Renderer(small_world()).render(CAMERA, FRONT)
    np.testing.assert_allclose(observe(PERFECT, view), view.depth, rtol=1e-6)


@pytest.mark.parametrize("distance", [1.0, 2.0, 4.0])
def test_noise_grows_with_the_square_of_the_distance(distance: float) -> None:
    errors = observe(replace(PERFECT, noise=0.001), wall(distance)) - distance
    assert errors.std() == pytest.approx(0.001 * distance**2, rel=0.1)
    assert abs(errors.mean()) < 0.0003 * distance**2


def test_values_fall_on_the_disparity_steps() -> None:
    sensor = replace(PERFECT, noise=0.002, disparity_step=0.01)
    steps = 1 / observe(sensor, wall(2.0)) / 0.01
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-3)
    assert len(np.unique(np.round(steps))) > 1


def test_readings_outside_the_range_are_lost() -> None:
    sensor = replace(PERFECT, min_depth=0.5, max_depth=4.0)
    assert not observe(sensor, wall(0.4)).any()
    assert observe(sensor, wall(3.9)).all()
    assert not observe(sensor, wall(4.1)).any()


def test_edges_bleed_and_cast_shadows() -> None:
    view = wall(3.0)
    view.depth[:, :80] = 1.5
    shadowed = observe(replace(PERFECT, shadow=0.5), view)
    lost = (shadowed == 0).mean(axis=0)
    assert lost[:80].max() == 0 and 0.35 < lost[80] < 0.65 and lost[82:].max() == 0
    bled = observe(replace(PERFECT, bleeding=2.0), view)
    near_share = (bled < 2).mean(axis=0)
    assert 0 < near_share[80] < 1 and 0 < near_share[79] < 1
    assert near_share[70] == 1 and near_share[90] == 0


def test_dark_material_gives_no_reading() -> None:
    sensor = replace(PERFECT, dark_loss=0.5)
    assert (observe(sensor, wall(2.0, gray=0)) == 0).mean() == pytest.approx(0.5, abs=0.1)
    assert observe(sensor, wall(2.0, gray=60)).all()


def test_grazing_surfaces_are_lost() -> None:
    view = wall(2.0)
    # Depth that runs away by 0.4 m a pixel: the cosine is below 0.1 where it is below 5 m.
    view.depth[:] = 2 + 0.4 * np.arange(160, dtype=np.float32)
    sensor = replace(PERFECT, grazing=0.2, max_depth=100.0)
    lost = observe(sensor, view) == 0
    assert lost[:, 1:7].mean() > 0.5 and not lost[:, 60:].any()
    assert observe(sensor, wall(2.0)).all()


def test_dropouts_fill_their_share() -> None:
    lost = observe(replace(PERFECT, dropout=0.05), wall(2.0)) == 0
    assert lost.mean() == pytest.approx(0.05, abs=0.025)


def test_same_seed_same_reading() -> None:
    view = Renderer(small_world()).render(CAMERA, FRONT)
    first = observe(DepthSensor(), view, seed=4)
    np.testing.assert_array_equal(first, observe(DepthSensor(), view, seed=4))
    assert (first != observe(DepthSensor(), view, seed=5)).any()


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("noise", -1.0, "DepthSensor.noise: expected 0 or more, got -1"),
        ("shadow", 1.5, "DepthSensor.shadow: expected 0 to 1, got 1.5"),
        ("bleeding", float("nan"), "DepthSensor.bleeding: expected 0 or more, got nan"),
    ],
)
def test_invalid_sensors_are_refused(field: str, value: float, message: str) -> None:
    with pytest.raises(ConventionError) as caught:
        replace(PERFECT, **{field: value})
    assert str(caught.value) == message
