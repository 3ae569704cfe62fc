"""Contact sheets of a decomposition."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import InstanceTable, Scene, instance_colors
from scenewright.pipelines.decompose.run import DecomposeRun
from scenewright.pipelines.decompose.sheets import object_pictures, views_sheet
from scenewright.pipelines.pictures.object_sheet import SIDE
from tests.pipelines.wall_builders import make_wall, make_wall_views


def test_views_are_shown_as_color_ids_and_depth() -> None:
    scene = Scene(InstanceTable.empty(), surfels=make_wall(ids=False), views=make_wall_views())
    paper = views_sheet(scene)
    assert paper.size == (6 + 3 * 326, 26 + 2 * 246)


@pytest.mark.slow
def test_objects_are_outlined_where_they_are_largest(decomposed: DecomposeRun) -> None:
    pictures = object_pictures(decomposed.result)
    assert set(pictures) <= set(decomposed.instances.id.tolist())
    assert len(pictures) >= 5
    colors = instance_colors(decomposed.instances)
    for i, picture in pictures.items():
        assert 20 < max(picture.size) <= SIDE
        outline = (np.asarray(picture) == colors[i]).all(axis=2)
        assert outline.sum() > 20
