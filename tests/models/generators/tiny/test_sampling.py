"""Sampling of the slots of a scene."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from scenewright.models.generators.tiny.generator import prepared_crops  # noqa: E402
from scenewright.models.generators.tiny.network import CANONICAL, SCENE  # noqa: E402
from scenewright.models.generators.tiny.sampling import (  # noqa: E402
    SETTINGS,
    KnownVoxels,
    expected_slots,
    sample_slots,
)
from scenewright.models.generators.tiny.weights import read_codec, read_flow  # noqa: E402
from tests.models.generators.tiny.tiny_builders import (  # noqa: E402
    small_picture,
    small_weights,
    table_grid,
)

FEW = replace(SETTINGS, steps=2)


def test_samples_are_repeatable_and_what_is_expected(tmp_path: Path) -> None:
    path = small_weights(tmp_path / "w.safetensors")
    flow, codec = read_flow(path), read_codec(path)
    crops, _ = prepared_crops(small_picture())
    steps: list[int] = []
    first, again = (
        sample_slots(flow, codec, [crops], seed=3, settings=FEW,
                     progress=lambda stage, done, total, unit: steps.append(done))
        for _ in range(2)
    )  # fmt: skip
    assert first.canonical.shape == first.in_scene.shape == (2, 32, 32, 32)
    assert np.array_equal(first.canonical, again.canonical) and max(steps) == FEW.steps
    expected = codec.decode(codec.code(torch.from_numpy(table_grid()).float()[None])) > 0
    agreement = (first.canonical[0] > 0) == expected[0].numpy()
    assert agreement.mean() > 0.99
    assert first.centers[0, 0] < first.centers[1, 0]


def test_known_voxels_are_taken(tmp_path: Path) -> None:
    path = small_weights(tmp_path / "w.safetensors")
    flow, codec = read_flow(path), read_codec(path)
    torch.nn.init.normal_(flow.flow.out_layer.weight, std=0.1)
    crops, _ = prepared_crops(small_picture())
    table = np.stack([table_grid()] * 2)
    known = KnownVoxels(table, ~table)
    with_known = sample_slots(flow, codec, [crops], seed=0, settings=FEW, known=known)
    without = sample_slots(flow, codec, [crops], seed=0, settings=FEW)
    assert not np.array_equal(with_known.canonical, without.canonical)


def test_nothing_is_expected_of_the_scene(tmp_path: Path) -> None:
    path = small_weights(tmp_path / "w.safetensors")
    flow, codec = read_flow(path), read_codec(path)
    boxes = torch.tensor([[0.0, 0, 0, -1.0, -1, -1, 1, 0]])
    slots = expected_slots(flow, codec, torch.zeros(1, 4), boxes)
    assert not slots[0, SCENE].any() and slots[0, CANONICAL].any()
