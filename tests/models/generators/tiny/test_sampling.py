"""Sampling of the slots of a scene."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from scenewright.models.generators.tiny.encoder import Conditions  # noqa: E402
from scenewright.models.generators.tiny.flow import CANONICAL, SCENE  # noqa: E402
from scenewright.models.generators.tiny.generator import prepared_crops  # noqa: E402
from scenewright.models.generators.tiny.sampling import (  # noqa: E402
    SETTINGS,
    KnownVoxels,
    expected_slots,
    sample_slots,
)
from scenewright.models.networks.samplers import SamplerSettings  # noqa: E402
from tests.models.generators.tiny.tiny_builders import (  # noqa: E402
    small_codec,
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
    assert first.canonical.shape == first.in_scene.shape == (2, 32, 32, 32)
    assert np.array_equal(first.canonical, again.canonical) and max(steps) == FEW.steps
    codec = networks.codec
    expected = codec.decode(codec.code(torch.from_numpy(table_grid()).float()[None])) > 0
    agreement = (first.canonical[0] > 0) == expected[0].numpy()
    assert agreement.mean() > 0.98
    assert first.centers[0, 0] < first.centers[1, 0]


def test_without_the_flow_shapes_are_those_of_the_encoder() -> None:
    crops, _ = prepared_crops(small_picture())
    found = sample_slots(small_networks(), [crops, crops], seed=0)
    assert np.array_equal(found.canonical[1] > 0, table_grid())
    assert 0.5 < found.in_scene[0].max() < 1.001 and found.in_scene[0].min() == 0.0


@pytest.mark.parametrize("settings", [None, FEW])
def test_known_voxels_stay_as_they_are(settings: SamplerSettings | None) -> None:
    crops, _ = prepared_crops(small_picture())
    nothing = np.zeros((2, 32, 32, 32), bool)
    occupied, free = nothing.copy(), nothing.copy()
    occupied[:, 0, 0], free[:, 16, 16] = True, True
    known = KnownVoxels(occupied, free)
    found = sample_slots(small_networks(), [crops], seed=0, settings=settings, known=known)
    assert (found.canonical[occupied] > 0).all() and (found.canonical[free] < 0).all()


def test_nothing_is_expected_of_the_scene() -> None:
    boxes = torch.tensor([[0.0, 0, 0, -1.0, -1, -1, 1, 0]])
    logits = 8 * torch.from_numpy(table_grid()).float()[None] - 4
    slots = expected_slots(small_codec(), Conditions(boxes, boxes, boxes, logits))
    assert not slots[0, SCENE].any() and slots[0, CANONICAL].any()
