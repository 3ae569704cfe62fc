"""Which voxels of uncertain shapes are taken."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from scenewright.models.generators.tiny.voxels import expected_overlap, leveled  # noqa: E402


def test_the_level_is_that_of_the_largest_expected_overlap() -> None:
    sure = torch.zeros(1, 4, 4, 4)
    sure[0, :2] = 1.0
    assert torch.equal(leveled(sure) > 0, sure > 0)
    # 16 voxels at 0.4, 48 at 0.1: 6.4 / (11.2 + 9.6) with the first, 11.2 / 64 with all.
    vague = torch.full((1, 4, 4, 4), 0.1)
    vague[0, 0] = 0.4
    found = leveled(vague) > 0
    assert found[0, 0].all() and not found[0, 1:].any()


def test_sure_shapes_have_an_expected_overlap_of_one() -> None:
    grids = torch.zeros(2, 4, 4, 4)
    grids[0, :2] = 1.0
    grids[1] = 0.5
    assert expected_overlap(grids).tolist() == pytest.approx([1.0, 0.5])
