"""Checked access to the parts of a scene that verbs need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError, Scene, SurfelCloud, Views
from scenewright.editing import remove


def surfels_and_views(scene: Scene) -> tuple[SurfelCloud, Views]:
    """The surfels and views of a scene.

    Raises:
        ConventionError: It has none.
    """
    if scene.surfels is None or not len(scene.surfels):
        raise ConventionError(
            "The scene has no surfels",
            expected="a scene that 'scenewright fit-splats' made, or a splat PLY",
            got="points only" if scene.points is not None else "neither surfels nor points",
            do="Run 'scenewright fit-splats' on its capture first.",
        )
    if scene.views is None or not len(scene.views):
        raise ConventionError(
            "The scene has no views",
            expected="the cameras that observed it",
            got="surfels only",
            do="Give the capture with --capture (capture=...) to use its cameras.",
        )
    return scene.surfels, scene.views


def given_up(up: tuple[float, float, float] | None, scene: Scene) -> NDArray[np.float64] | None:
    """(3,) direction against gravity: the one of a setting, or else that of the scene."""
    return scene.up if up is None else np.array(up)


def choose_instances(
    scene: Scene, *, only: Sequence[int] = (), without: Sequence[int] = ()
) -> Scene:
    """A scene with only some of its instances, and only the points and surfels of these.

    The rest, and the points and surfels of no instance, stay unless `only` is given.

    Args:
        scene: Any scene.
        only: Ids to keep, and nothing else; empty keeps everything.
        without: Ids to leave out; what belongs to no instance stays.

    Raises:
        ConventionError: The scene has no instance with such an id.
    """
    known = scene.instances.id.tolist()
    unknown = sorted({*only, *without} - set(known))
    if unknown:
        examples = ", ".join(map(str, sorted(known)[:10])) or "none"
        raise ConventionError(
            f"There is no instance {unknown[0]}",
            expected=f"ids of the scene, such as {examples}",
            got=str(unknown[0]),
        )
    gone = [i for i in known if i in without or (only and i not in only)]
    dropped = [*gone, 0] if only else gone
    points, surfels = scene.points, scene.surfels
    if points is not None and points.instance_id is not None:
        points = points[~np.isin(points.instance_id, dropped)]
    if surfels is not None and surfels.instance_id is not None:
        surfels = surfels[~np.isin(surfels.instance_id, dropped)]
    chosen = replace(scene, points=points, surfels=surfels, rest=None)
    chosen = remove(chosen, *gone) if gone else chosen
    return chosen if only else replace(chosen, rest=scene.rest)
