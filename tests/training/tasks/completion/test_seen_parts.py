"""What views of a small room show of its objects."""

from __future__ import annotations

import numpy as np

from scenewright.completion.evidence import occupied_cells
from scenewright.training.tasks.completion.seen_parts import seen_parts, seen_view
from tests.completion.completion_builders import BOX, POST, film


def test_views_show_a_part_of_each_object() -> None:
    source = film()
    views = [seen_view(source, number) for number in range(len(source))]
    found = {
        part.instance: part
        for part in seen_parts(
            source, views, ids=(BOX, POST), least_pixels=10, resolution=24, margin=1.3
        )
    }
    assert set(found) == {BOX, POST}
    for part in found.values():
        shape = part.shape
        assert shape.grid.states.shape == (24, 24, 24)
        assert shape.support is not None and abs(shape.support) < 1e-3
        own = occupied_cells(shape.grid, part.surface.points)
        assert (own & shape.occupied).sum() > 0.95 * own.sum()
        assert shape.free.any() and shape.unknown.any()
    # The cameras stand in front of the box: its back is as if it were not there.
    box = found[BOX]
    assert box.surface.points[:, 1].min() < -0.24 and (box.surface.normals[:, 1] < 0.1).all()


def test_fewer_views_show_less_and_small_objects_are_left_out() -> None:
    source = film()
    one = [seen_view(source, 1)]
    counts = {i: int((one[0].ids == i).sum()) for i in (BOX, POST)}
    assert counts[POST] < counts[BOX]
    (part,) = seen_parts(
        source, one, ids=(BOX, POST), least_pixels=counts[POST] + 1, resolution=16, margin=1.3
    )
    assert part.instance == BOX and len(part.surface) == counts[BOX]
    all_views = [seen_view(source, number) for number in range(3)]
    (whole,) = seen_parts(source, all_views, ids=(BOX,), least_pixels=1, resolution=16, margin=1.3)
    assert np.mean(whole.shape.unknown) < np.mean(part.shape.unknown)
