"""Contact sheets of a decomposition: views, and single objects."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scenewright.core import Scene, SurfelCloud, Views
from scenewright.pipelines.decompose.steps import Decomposition
from scenewright.pipelines.pictures.kinds import Kind
from scenewright.pipelines.pictures.view_pictures import draw_view, sheet, spread

_MOST_PICTURES = 40
"""Objects on the sheet; the largest ones are shown."""
_MARGIN = 0.15
_WHITE = (1.0, 1.0, 1.0)


def views_sheet(scene: Scene) -> Image.Image:
    """A few views of a scene of surfels, each as color, ids and depth."""
    assert scene.surfels is not None and scene.views is not None
    kinds: tuple[Kind, ...] = ("color", "ids", "depth")
    rows = []
    for number in spread(range(len(scene.views))):
        drawn = draw_view(
            scene.surfels,
            scene.views.camera(number),
            world_from_cam=scene.views.world_from_cam[number],
        )
        rows.append((scene.views.name[number], [drawn.picture(kind) for kind in kinds]))
    return sheet(rows, kinds)


def object_pictures(result: Decomposition) -> dict[str, Image.Image]:
    """Each object alone, cropped from the view in which it is largest; the largest first."""
    views = result.scene.views
    assert views is not None
    best: dict[int, tuple[int, int]] = {}
    for number, masks in enumerate(result.objects.masks):
        for i, area in zip(masks.ids.tolist(), masks.areas().tolist(), strict=True):
            if area > best.get(i, (0, 0))[0]:
                best[i] = (area, number)
    order = sorted(best, key=lambda i: -best[i][0])[:_MOST_PICTURES]
    return {
        str(i): _alone(result.objects.by_id(i).surfels, views, best[i][1], _bounds(result, i, best))
        for i in order
    }


def _bounds(
    result: Decomposition, instance: int, best: dict[int, tuple[int, int]]
) -> NDArray[np.float32]:
    masks = result.objects.masks[best[instance][1]]
    bounds: NDArray[np.float32] = masks.boxes()[int(np.flatnonzero(masks.ids == instance)[0])]
    return bounds


def _alone(
    surfels: SurfelCloud, views: Views, number: int, bounds: NDArray[np.float32]
) -> Image.Image:
    camera = views.camera(number)
    drawn = draw_view(
        surfels,
        camera,
        world_from_cam=views.world_from_cam[number],
        background=_WHITE,
    )
    left, top, right, bottom = bounds.tolist()
    margin = _MARGIN * max(right - left, bottom - top) + 2
    box = (
        max(int(left - margin), 0),
        max(int(top - margin), 0),
        min(int(right + margin), camera.width),
        min(int(bottom + margin), camera.height),
    )
    picture = drawn.picture("color").crop(box)
    share = 200 / max(picture.size)
    size = (max(round(picture.width * share), 1), max(round(picture.height * share), 1))
    return picture.resize(size, Image.Resampling.BICUBIC)
