"""Pictures of a generated scene: beside the input, from above, from all around."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from scenewright.core import Camera, MaskSet, SurfelCloud, instance_color
from scenewright.pipelines.generate.placing import pose_from_above
from scenewright.pipelines.generate.steps import UP, GenerateResult
from scenewright.pipelines.pictures.turntables import turntable
from scenewright.pipelines.pictures.view_pictures import draw_view

WIDTH = 480
"""Of one panel, pixels."""
TURN_FRAMES = 24
_GAP = 6
_HEADER = 22
_INK, _SHEET = (40, 42, 46), (228, 228, 224)
_PAPER = (1.0, 1.0, 1.0)
_TINT = 0.55


def compared(result: GenerateResult) -> Image.Image:
    """The first picture, its masks, and the scene from a camera that fits the picture."""
    picture = result.source.pictures[0]
    camera = result.source.camera
    height = max(round(camera.height * WIDTH / camera.width), 1)
    small = camera.resized(WIDTH, height)
    panels = [
        ("input", _resized(picture.image, small)),
        ("masks", _resized(tinted(picture.image, picture.masks), small)),
        ("generated" if result.layout.is_metric else "generated, camera fitted to the masks",
         drawn(_surfels(result), small, result.world_from_cam)),
    ]  # fmt: skip
    sheet = Image.new("RGB", (3 * WIDTH + 4 * _GAP, height + _HEADER + _GAP), _SHEET)
    pen = ImageDraw.Draw(sheet)
    for number, (title, panel) in enumerate(panels):
        left = _GAP + number * (WIDTH + _GAP)
        sheet.paste(panel, (left, _HEADER))
        pen.text((left, 5), title, fill=_INK)
    return sheet


def from_above(result: GenerateResult) -> Image.Image:
    """The scene from above."""
    camera = Camera.from_focal(WIDTH, WIDTH, WIDTH / 2, WIDTH / 2, width=WIDTH, height=WIDTH)
    surfels = _surfels(result)
    points = np.concatenate([asset.world_vertices() for asset in result.scene.assets.values()])
    return drawn(surfels, camera, pose_from_above(points, camera))


def around(result: GenerateResult) -> list[Image.Image]:
    """The scene from all around."""
    return list(turntable(_surfels(result), up=UP, num_frames=TURN_FRAMES))


def drawn(surfels: SurfelCloud, camera: Camera, pose: NDArray[np.float64]) -> Image.Image:
    """Surfels on white."""
    plain = surfels.with_instances(None)
    view = draw_view(plain, camera, world_from_cam=pose, background=_PAPER)
    return view.picture("color")


def tinted(image: NDArray[np.uint8], masks: MaskSet) -> NDArray[np.uint8]:
    """A picture with every mask in the color of its id."""
    result = image.astype(np.float32).reshape(-1, 3)
    for index, number in enumerate(masks.ids.tolist()):
        pixels = masks.pixels(index)
        color = np.array(instance_color(number), np.float32)
        result[pixels] = (1 - _TINT) * result[pixels] + _TINT * color
    return result.reshape(image.shape).astype(np.uint8)


def _resized(image: NDArray[np.uint8], camera: Camera) -> Image.Image:
    return Image.fromarray(image).resize((camera.width, camera.height))


def _surfels(result: GenerateResult) -> SurfelCloud:
    assert result.scene.surfels is not None
    return result.scene.surfels
