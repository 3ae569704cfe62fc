"""What verbs need of a scene."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenewright.core import ConventionError, Views
from scenewright.pipelines.sources.scenes import choose_instances, given_up, surfels_and_views
from tests.builders import make_frame, make_full_scene, make_scene
from tests.io.surfel_builders import make_surfels


def test_surfels_and_views_are_needed() -> None:
    scene = make_scene()
    with pytest.raises(ConventionError, match=r"The scene has no surfels: .* got points only"):
        surfels_and_views(scene)
    with pytest.raises(ConventionError, match="got neither surfels nor points"):
        surfels_and_views(replace(scene, points=None))
    surfels = make_surfels(4)
    with pytest.raises(ConventionError, match=r"The scene has no views: .* got surfels only"):
        surfels_and_views(replace(scene, surfels=surfels))
    views = Views.from_frames([make_frame()])
    found = surfels_and_views(replace(scene, surfels=surfels, views=views))
    assert found == (surfels, views)


def test_instances_are_chosen() -> None:
    scene = replace(make_scene(), rest=make_full_scene().rest)
    only = choose_instances(scene, only=[12])
    assert only.instances.id.tolist() == [12] and list(only.assets) == [12]
    assert only.points is not None and only.points.instance_id is not None
    assert only.points.instance_id.tolist() == [12, 12, 12]
    rest = choose_instances(scene, without=[12])
    assert rest.points is not None and rest.points.instance_id is not None
    # What belongs to no instance stays.
    assert np.unique(rest.points.instance_id).tolist() == [0, 3, 7]
    assert only.rest is None and rest.rest is scene.rest
    assert choose_instances(scene).instances.id.tolist() == scene.instances.id.tolist()


def test_instances_that_are_missing() -> None:
    with pytest.raises(ConventionError) as caught:
        choose_instances(make_scene(), without=[5])
    assert str(caught.value) == (
        "There is no instance 5: expected ids of the scene, such as 3, 7, 12, got 5"
    )


def test_a_stated_direction_goes_before_that_of_the_scene() -> None:
    scene = make_scene()
    assert given_up(None, scene) is scene.up
    found = given_up((0.0, -1.0, 0.0), scene)
    assert found is not None and found.tolist() == [0, -1, 0]
