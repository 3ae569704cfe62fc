"""Books, pictures, mirrors and rugs."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.worlds.objects import ObjectModel
from scenewright.worlds.objects.families.decor import (
    make_book_stack,
    make_mirror,
    make_picture,
    make_rug,
)


def extent_y(model: ObjectModel, name: str) -> tuple[float, float]:
    points = np.concatenate([part.mesh.vertices for part in model.parts if part.name == name])
    return float(points[:, 1].min()), float(points[:, 1].max())


@pytest.mark.parametrize("seed", range(4))
def test_books_have_covers_and_pages(seed: int) -> None:
    parts = make_book_stack(np.random.default_rng(seed)).parts
    covers = [part.mesh for part in parts if part.name == "cover"]
    pages = [part.mesh for part in parts if part.name == "pages"]
    assert len(covers) == len(pages) >= 1
    for cover, paper in zip(covers, pages, strict=True):
        assert np.prod(np.ptp(paper.vertices, axis=0)) < np.prod(np.ptp(cover.vertices, axis=0))


@pytest.mark.parametrize("seed", range(4))
def test_what_hangs_faces_the_front(seed: int) -> None:
    mirror = make_mirror(np.random.default_rng(seed))
    assert extent_y(mirror, "glass")[0] < extent_y(mirror, "frame")[0]
    picture = make_picture(np.random.default_rng(seed))
    assert extent_y(picture, "frame")[1] == pytest.approx(picture.bounds[1, 1], abs=1e-6)


def test_rugs_are_flat_and_longest_along_x() -> None:
    for seed in range(6):
        size = np.ptp(make_rug(np.random.default_rng(seed)).bounds, axis=0)
        assert size[2] <= 0.02 and size[0] >= size[1] - 1e-6
