"""Contact sheets of a decomposition."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import InstanceTable, Scene
from scenewright.pipelines.decompose.run import DecomposeRun
from scenewright.pipelines.decompose.sheets import object_pictures, views_sheet
from tests.pipelines.wall_builders import make_wall, make_wall_views


def test_views_are_shown_as_color_ids_and_depth() -> None:
    scene = Scene(InstanceTable.empty(), surfels=make_wall(ids=False), views=make_wall_views())
    paper = views_sheet(scene)
    assert paper.size == (6 + 3 * 326, 26 + 2 * 246)


@pytest.mark.slow
def test_objects_are_cut_out_the_largest_first(decomposed: DecomposeRun) -> None:
    pictures = object_pictures(decomposed.result)
    assert set(pictures) <= {str(i) for i in decomposed.instances.id}
    assert len(pictures) >= 5
    seen = [
        max((decomposed.result.id_map(view) == int(name)).sum() for view in range(8))
        for name in pictures
    ]
    assert seen == sorted(seen, reverse=True)
    for picture in pictures.values():
        assert max(picture.size) == 200
        assert (np.asarray(picture) < 200).any()
