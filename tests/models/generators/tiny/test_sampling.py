"""Sampling of the slots of a scene."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from scenewright.core import WeightsError  # noqa: E402
from scenewright.models.generators.tiny.flow import OBJECT, SCENE  # noqa: E402
from scenewright.models.generators.tiny.generator import prepared_crops  # noqa: E402
from scenewright.models.generators.tiny.inputs import SceneCrops, measured_points  # noqa: E402
from scenewright.models.generators.tiny.sampling import (  # noqa: E402
    SETTINGS,
    completed_shapes,
    expected_slots,
    sample_slots,
)
from tests.models.generators.tiny.tiny_builders import (  # noqa: E402
    small_codec,
    small_encoder,
    small_networks,
    small_picture,
    table_grid,
)

FEW = replace(SETTINGS, steps=2)


def test_samples_are_repeatable_and_what_is_expected() -> None:
    networks = small_networks()
    crops, _ = prepared_crops(small_picture())
    steps: list[int] = []
    first, again = (
        sample_slots(networks, [crops], seed=3, settings=FEW,
                     progress=lambda stage, done, total, unit: steps.append(done))
        for _ in range(2)
    )  # fmt: skip
    assert first.shapes.shape == (2, 32, 32, 32) and not first.is_measured.any()
    assert np.array_equal(first.shapes, again.shapes) and max(steps) == FEW.steps
    codec = networks.codec
    assert codec is not None
    expected = codec.decode(codec.code(torch.from_numpy(table_grid()).float()[None])) > 0
    agreement = (first.shapes[0] > 0) == expected[0].numpy()
    assert agreement.mean() > 0.98
    assert first.cubes[0, 0] < first.cubes[1, 0]


def test_without_the_flow_shapes_are_those_of_the_encoder() -> None:
    crops, _ = prepared_crops(small_picture())
    found = sample_slots(small_networks(), [crops], seed=0)
    assert np.array_equal(found.shapes[1] > 0, table_grid())
    without = replace(small_networks(), flow=None)
    assert np.array_equal(sample_slots(without, [crops], seed=0).shapes, found.shapes)
    with pytest.raises(WeightsError, match="expected a flow, for --steps, got none"):
        sample_slots(without, [crops], seed=0, settings=FEW)


def test_canonical_shapes_are_means_over_pictures_and_places_those_of_the_first() -> None:
    crops, _ = prepared_crops(small_picture())
    other = SceneCrops(crops.scene, crops.objects[::-1])
    networks = small_networks()
    first, second, both = (
        sample_slots(networks, given, seed=0) for given in ([crops], [other], [crops, other])
    )
    assert not np.allclose(first.canonical, second.canonical, atol=1e-4)
    for each in (first, second):
        assert not np.allclose(both.canonical, each.canonical, atol=1e-4)
    swapped = sample_slots(networks, [other, crops], seed=0)
    assert np.allclose(both.canonical, swapped.canonical, atol=1e-5)
    assert np.array_equal(both.cubes, first.cubes) and np.array_equal(both.shapes, first.shapes)


def test_measured_points_give_the_cubes() -> None:
    crops, _ = prepared_crops(small_picture(with_points=True))
    found = sample_slots(small_networks(), [crops], seed=0)
    assert found.is_measured.all()
    for number, crop in enumerate(crops.objects):
        points = measured_points(crop)
        low, high = points.min(axis=0), points.max(axis=0)
        assert found.cubes[number, 3] == pytest.approx(1.3 * (high - low).max(), rel=0.1)
        assert found.cubes[number, [0, 2]] == pytest.approx((low + high)[[0, 2]] / 2, abs=0.02)


def test_voxels_of_scans_stay_as_they_are() -> None:
    occupied, free = np.zeros((2, 2, 32, 32, 32), bool)
    occupied[:, 0, 0], free[:, 16, 16] = True, True
    found = completed_shapes(small_encoder(), occupied, free)
    assert (found[occupied] > 0).all() and (found[free] < 0).all()
    unknown = ~(occupied | free)[1]
    assert np.array_equal(found[1][unknown] > 0, table_grid()[unknown])


def test_nothing_is_expected_of_the_scene() -> None:
    logits = 8 * torch.from_numpy(table_grid()).float()[None] - 4
    slots = expected_slots(small_codec(), logits, torch.tensor([[0.0, 0.0, 0.0, 0.4]]))
    assert not slots[0, SCENE].any() and slots[0, OBJECT].any()
