"""Boxes of what is seen, and shapes at the places of boxes."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from scenewright.models.generators.tiny.boxes import (  # noqa: E402
    decoded_boxes,
    fitted_cubes,
    measured_extents,
    placed_shapes,
    seen_boxes,
)
from scenewright.models.generators.tiny.inputs import CHANNELS, SIDE  # noqa: E402
from tests.models.generators.tiny.tiny_builders import crops_with_points, table_grid  # noqa: E402


def test_measures_are_of_the_subject_alone() -> None:
    measures = measured_extents(crops_with_points())
    assert measures.shape == (1, 16) and measures[0, 15] == 1
    step = 2 / (SIDE - 1)
    assert measures[0, :2].tolist() == pytest.approx([-1 + 8 * step, -1 + 16 * step], abs=1e-5)
    assert measures[0, 6:9].tolist() == pytest.approx([0.5, 0, 0])
    assert measures[0, 9:12].tolist() == pytest.approx([0.5, 1, 0])
    nothing = measured_extents(torch.zeros(1, CHANNELS, SIDE, SIDE))
    assert not nothing.any()


def test_boxes_start_from_what_is_seen() -> None:
    center, size = decoded_boxes(seen_boxes(measured_extents(crops_with_points())))
    assert center[0].tolist() == pytest.approx([0.25, 0.25, 0], abs=1e-5)
    assert size[0].tolist() == pytest.approx([0.01, 0.5, 0.01], abs=1e-5)


def test_cubes_are_fitted_such_that_shapes_fill_their_boxes() -> None:
    table = torch.from_numpy(table_grid()).float()[None]
    box = torch.tensor([[0.1, -0.05, 0.0, 0, 0, 0]])
    edges = torch.tensor([30, 16, 16]) / 32 * 0.5
    box[0, 3:6] = edges.log()
    cube = fitted_cubes(table, box)
    assert cube[0, 3].item() == pytest.approx(0.5)
    placed = placed_shapes(table, cube)[0].numpy() > 0.5
    found = np.argwhere(placed)
    low, high = found.min(axis=0) / 32 - 0.5, (found.max(axis=0) + 1) / 32 - 0.5
    assert (low + high) / 2 == pytest.approx([0.1, -0.05, 0.0], abs=0.03)
    assert high - low == pytest.approx(edges.numpy(), abs=0.05)
    # An empty grid counts as full.
    assert fitted_cubes(0 * table, box)[0, :3].tolist() == pytest.approx([0.1, -0.05, 0.0])
