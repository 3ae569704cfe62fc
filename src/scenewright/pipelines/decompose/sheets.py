"""Contact sheets of a decomposition: views, and single objects."""

from __future__ import annotations

import numpy as np
from PIL import Image

from scenewright.core import Scene, instance_colors
from scenewright.pipelines.decompose.steps import Decomposition
from scenewright.pipelines.pictures.kinds import Kind
from scenewright.pipelines.pictures.object_sheet import outlined_crop, sheet_order
from scenewright.pipelines.pictures.view_pictures import draw_view, sheet, spread


def views_sheet(scene: Scene) -> Image.Image:
    """A few views of a scene of surfels, each as color, ids and depth."""
    assert scene.surfels is not None and scene.views is not None
    kinds: tuple[Kind, ...] = ("color", "ids", "depth")
    rows, colors = [], instance_colors(scene.instances)
    for number in spread(range(len(scene.views))):
        drawn = draw_view(
            scene.surfels,
            scene.views.camera(number),
            world_from_cam=scene.views.world_from_cam[number],
            colors=colors,
        )
        rows.append((scene.views.name[number], [drawn.picture(kind) for kind in kinds]))
    return sheet(rows, kinds)


def object_pictures(result: Decomposition) -> dict[int, Image.Image]:
    """The largest objects, each outlined in the rendered view in which it is largest, by id."""
    scene = result.scene
    assert scene.views is not None and scene.surfels is not None
    wanted = set(sheet_order(scene.instances))
    best: dict[int, tuple[int, int]] = {}
    for number, masks in enumerate(result.objects.masks):
        for i, area in zip(masks.ids.tolist(), masks.areas().tolist(), strict=True):
            if i in wanted and area > best.get(i, (0, 0))[0]:
                best[i] = (area, number)
    pictures, colors = {}, instance_colors(scene.instances)
    for number in sorted({number for _, number in best.values()}):
        drawn = draw_view(
            scene.surfels,
            scene.views.camera(number),
            world_from_cam=scene.views.world_from_cam[number],
        )
        image = np.asarray(drawn.picture("color"))
        ids = result.id_map(number)
        for i in (i for i, (_, view) in best.items() if view == number):
            pictures[i] = outlined_crop(image, ids == i, color=colors[i])
    return pictures
