"""The pictures of generate/tiny in README and docs: what it makes in domain and out of domain.

    python benchmarks/generation_pictures.py --data ../shared/data

Each row is the picture, the masks, the generated scene from the camera of the picture, and its
meshes from two other sides. In domain are the first held-out views (of `tiny_generation.py`) of a
room, a table top and a random composition with four objects or more, all with depth. Out of domain
are one view of mOSD with its true masks, the first frame of the APC shelf with masks of others, and
one frame of the kitchen of 7-Scenes with two boxes; without --data they are left out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

from scenewright.core import Scene
from scenewright.data import open_capture
from scenewright.geometry.scene_layers import scene_layers
from scenewright.geometry.viewing import level_axes
from scenewright.pipelines.generate.comparing import compared
from scenewright.pipelines.generate.masks import read_scene_input
from scenewright.pipelines.generate.settings import GenerateSettings
from scenewright.pipelines.generate.steps import generate_scene
from scenewright.pipelines.pictures._surfaces import draw_surfaces, surfaces_of
from scenewright.pipelines.pictures.preview import PANEL, paint_surfaces, side_views
from scenewright.worlds.generation.view_samples import view_samples
from tiny_generation import FIRST_SEED

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
WIDTH = 1600
_LEAST_OBJECTS = 4
_LEAST_PIXELS = 400
_KITCHEN_FRAME = 20
_KITCHEN_BOXES = ("90,0,230,45", "350,135,590,470")


def main() -> int:
    """Makes the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with mosd, apc-shelf, 7scenes-kitchen")
    parser.add_argument("-o", "--output", type=Path, default=PICTURES)
    options = parser.parse_args()
    rows = [in_domain(kind) for kind in ("rooms", "tabletop", "random")]
    save(rows[:1], options.output / "generate.jpg")
    save(rows, options.output / "tiny-generation.jpg")
    if options.data is not None:
        save(list(out_of_domain(options.data)), options.output / "tiny-generation-outside.jpg")
    return 0


def in_domain(kind: str) -> Image.Image:
    """The row of the first held-out view of a kind with enough objects."""
    for seed in range(FIRST_SEED, FIRST_SEED + 1000):
        for view in view_samples(kind, seed):
            if len(view.masks) >= _LEAST_OBJECTS:
                labels = np.zeros(view.depth.shape, np.int32)
                for number, mask in enumerate(view.masks, 1):
                    labels[mask] = number
                fov = 2 * np.rad2deg(np.arctan(view.camera.width / 2 / view.camera.fx))
                return row(view.image, labels, view.depth, fov=float(fov))
    raise SystemExit(f"no view of {kind} with {_LEAST_OBJECTS} objects")


def out_of_domain(data: Path) -> Iterator[Image.Image]:
    """Rows of three real pictures."""
    mosd = data / "mosd"
    name = sorted(path.name.split(".")[0] for path in mosd.glob("learn*.color.png"))[2]
    labels = np.asarray(Image.open(mosd / f"{name}.instance.png")).astype(np.int32)
    labels[labels == 1] = 0  # The table.
    depth = np.asarray(Image.open(mosd / f"{name}.depth.png")).astype(np.float32) / 1000
    image = np.asarray(Image.open(mosd / f"{name}.color.png").convert("RGB"))
    yield row(image, labels, depth, fov=field_of_view(640, 525.0))

    shelf = open_capture(data / "apc-shelf")[0]
    found = np.asarray(Image.open(data / "apc-shelf" / "frame-000000.segm.png"))
    kept = [value for value in np.unique(found[found > 0])
            if (found == value).sum() >= _LEAST_PIXELS]  # fmt: skip
    labels = np.zeros(found.shape, np.int32)
    for number, value in enumerate(kept, 1):
        labels[found == value] = number
    assert shelf.image is not None and shelf.depth is not None
    yield row(shelf.image, labels, shelf.depth, fov=field_of_view(640, shelf.camera.fx))

    kitchen = open_capture(data / "7scenes-kitchen")[_KITCHEN_FRAME]
    assert kitchen.image is not None and kitchen.depth is not None
    fov = field_of_view(640, kitchen.camera.fx)
    yield row(kitchen.image, None, kitchen.depth, fov=fov, boxes=_KITCHEN_BOXES)


def field_of_view(width: int, focal: float) -> float:
    """Horizontal field of view, degrees."""
    return float(2 * np.rad2deg(np.arctan(width / 2 / focal)))


def row(
    image: np.ndarray,
    labels: np.ndarray | None,
    depth: np.ndarray,
    *,
    fov: float,
    boxes: tuple[str, ...] = (),
) -> Image.Image:
    """Picture, masks, the generated scene from there, and its meshes from two sides."""
    with TemporaryDirectory() as place:
        folder = Path(place)
        Image.fromarray(image).save(folder / "scene.png")
        np.save(folder / "depth.npy", depth)
        masks: tuple[str, ...] = ()
        if labels is not None:
            Image.fromarray(labels.astype(np.uint8)).save(folder / "ids.png")
            masks = (str(folder / "ids.png"),)
        settings = GenerateSettings(masks=masks, boxes=boxes, fov=fov)
        source = read_scene_input([folder / "scene.png"], folder / "depth.npy", settings)
        result = generate_scene(source, settings)
    for warning in result.warnings:
        sys.stdout.write(f"{warning}\n")
    left = compared(result)
    sides = [
        each.resize((round(each.width * left.height / each.height), left.height))
        for each in two_sides(result.scene)
    ]
    sheet = Image.new("RGB", (left.width + sum(each.width for each in sides), left.height))
    at = 0
    for part in (left, *sides):
        sheet.paste(part, (at, 0))
        at += part.width
    return sheet


def two_sides(scene: Scene) -> list[Image.Image]:
    """The meshes of a scene in color, from the open side and from another one."""
    surfaces = surfaces_of(scene_layers(scene), level_axes(np.array([0.0, 0.0, 1.0])))
    size = (2 * PANEL[0], 2 * PANEL[1])
    pictures = []
    for _, elevation, azimuth in side_views(surfaces):
        drawn = draw_surfaces(surfaces, size, azimuth_deg=azimuth, elevation_deg=elevation)
        pictures.append(paint_surfaces(drawn, surfaces, {}, {})[1])
    return pictures


def save(rows: list[Image.Image], path: Path) -> None:
    """Stacks rows of one width and writes them."""
    sized = [each.resize((WIDTH, round(each.height * WIDTH / each.width))) for each in rows]
    sheet = Image.new("RGB", (WIDTH, sum(each.height for each in sized)))
    top = 0
    for each in sized:
        sheet.paste(each, (0, top))
        top += each.height
    sheet.save(path, quality=82)
    sys.stdout.write(f"{path}: {sheet.width} x {sheet.height}\n")


if __name__ == "__main__":
    raise SystemExit(main())
