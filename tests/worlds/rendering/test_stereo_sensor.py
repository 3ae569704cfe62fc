"""The stereo camera: noise, steps, fat edges, hidden surfaces, missing texture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenewright.core import ConventionError
from scenewright.worlds.rendering.stereo_sensor import StereoSensor, hidden_from_right
from tests.worlds.rendering_builders import CAMERA
from tests.worlds.sensor_builders import observe, stepped, wall

PERFECT = StereoSensor(
    noise=0, disparity_step=0, fattening=0, least_contrast=0, loss=0, wobble=0, width=160
)
AT_ONE_METER = CAMERA.fx * PERFECT.baseline
"""Disparity at 1 m, pixels of `CAMERA` and of `PERFECT`."""


def test_a_perfect_sensor_reports_the_truth() -> None:
    np.testing.assert_allclose(observe(PERFECT, wall(2.5)), 2.5, rtol=1e-5)


@pytest.mark.parametrize("distance", [1.0, 2.0, 4.0])
def test_noise_grows_with_the_square_of_the_distance(distance: float) -> None:
    sensor = replace(PERFECT, noise=0.01, least_contrast=0.01)
    errors = observe(sensor, wall(distance, texture=60)) - distance
    assert errors.std() == pytest.approx(0.01 * distance**2 / AT_ONE_METER, rel=0.1)


def test_disparities_are_quantized() -> None:
    sensor = replace(PERFECT, noise=0.1, disparity_step=0.125)
    steps = AT_ONE_METER / observe(sensor, wall(2.0)) / 0.125
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-3)
    assert len(np.unique(np.round(steps))) > 1


def test_what_the_right_camera_does_not_see_is_lost() -> None:
    # Disparities 6.5 and 2.17: the near wall hides 4.3 pixels of the far one, on its left;
    # half a pixel is left to rounding.
    lost = observe(PERFECT, stepped(1.0, 3.0)) == 0
    assert lost[:, 77:80].all()
    assert not lost[:, :77].any() and not lost[:, 80:].any()


def test_hidden_pixels_of_one_row() -> None:
    row = np.array([[0, 0, 0, 0, 2, 2, 0, 0]], np.float32)
    np.testing.assert_array_equal(np.nonzero(hidden_from_right(row))[1], [3])
    assert not hidden_from_right(np.linspace(0, 5, 60, dtype=np.float32)[None]).any()


def test_windows_make_near_surfaces_fat() -> None:
    sensor = replace(PERFECT, window=8, fattening=1.0)
    depth = observe(sensor, stepped(1.0, 3.0))
    np.testing.assert_allclose(depth[:, 76:], 1.0, rtol=1e-5)
    np.testing.assert_allclose(depth[:, :75], 3.0, rtol=1e-5)


def test_plain_surfaces_are_lost_or_smooth_and_wrong() -> None:
    sensor = replace(PERFECT, window=9, least_contrast=0.02, projector=0)
    lossy = replace(sensor, loss=0.4)
    lost = observe(lossy, wall(2.0)) == 0
    assert lost.mean() == pytest.approx(0.4, abs=0.1)
    assert observe(lossy, wall(2.0, texture=60)).all()
    wrong = observe(replace(sensor, wobble=0.3), wall(2.0))
    disparity = AT_ONE_METER / wrong - AT_ONE_METER / 2
    assert disparity.std() == pytest.approx(0.3, rel=0.3)
    assert np.abs(np.diff(disparity, axis=1)).std() < 0.2 * disparity.std()
    right = observe(replace(sensor, wobble=0.3), wall(2.0, texture=60))
    np.testing.assert_allclose(right, 2.0, rtol=1e-5)


def test_a_projector_helps_where_it_is_near() -> None:
    sensor = replace(PERFECT, least_contrast=0.02, projector=0.1, loss=1.0)
    assert observe(sensor, wall(1.0)).all()
    assert not observe(sensor, wall(9.0)).all()


def test_readings_outside_the_range_are_lost() -> None:
    sensor = replace(PERFECT, min_depth=0.5, max_depth=4.0)
    assert not observe(sensor, wall(0.4)).any() and not observe(sensor, wall(4.1)).any()


def test_same_seed_same_reading() -> None:
    view = stepped(1.0, 2.0, texture=20)
    first = observe(StereoSensor(), view, seed=4)
    np.testing.assert_array_equal(first, observe(StereoSensor(), view, seed=4))
    assert (first != observe(StereoSensor(), view, seed=5)).any()


def test_invalid_sensors_are_refused() -> None:
    with pytest.raises(ConventionError) as caught:
        StereoSensor(baseline=0)
    assert str(caught.value) == "StereoSensor.baseline: expected above 0, got 0"
    with pytest.raises(ConventionError) as caught:
        StereoSensor(loss=1.2)
    assert str(caught.value) == "StereoSensor.loss: expected 0 to 1, got 1.2"
