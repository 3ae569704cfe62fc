"""A world on disk: its ground truth, a mesh of each object, and a preview image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scenewright.io import atomic_folder, write_json
from scenewright.worlds.cameras.poses import look_at
from scenewright.worlds.cameras.probe import Probe
from scenewright.worlds.cameras.viewpoints import camera_with_fov
from scenewright.worlds.composing.world import Sun, World
from scenewright.worlds.kinds import backdrop
from scenewright.worlds.rendering.renderer import Renderer
from scenewright.worlds.writing.truth_records import world_record, write_meshes

WORLD_FILE = "world.json"
PREVIEW_FILE = "preview.png"
_TILT = np.deg2rad(52)
_FOV_DEG = 40.0
_DAYLIGHT = Sun((-0.9, -0.3, 1.6), (0.65, 0.63, 0.6), spread=0.06)
_SKYLIGHT = (0.42, 0.43, 0.45)


def write_world(
    world: World,
    path: str | Path,
    *,
    preview_size: tuple[int, int] = (640, 480),
    overwrite: bool = False,
) -> Path:
    """Writes world.json, ``objects/*.glb`` and preview.png, atomically.

    Args:
        world: The world.
        path: Folder to create.
        preview_size: Width and height of the preview, pixels.
        overwrite: Whether an existing world may be replaced.

    Returns:
        The folder.

    Raises:
        OutputError: The folder exists, or cannot be written.
    """
    path = Path(path)
    with atomic_folder(path, overwrite=overwrite, marker=WORLD_FILE) as folder:
        write_json(folder / WORLD_FILE, world_record(world))
        write_meshes(folder, world)
        picture = draw_world(world, width=preview_size[0], height=preview_size[1])
        Image.fromarray(picture).save(folder / PREVIEW_FILE)
    return path


def draw_world(world: World, *, width: int = 640, height: int = 480) -> NDArray[np.uint8]:
    """Renders a world from above and one side, as a dollhouse view.

    Walls and ceiling between the camera and the objects are left out.

    Args:
        world: The world.
        width: Image width, pixels.
        height: Image height, pixels.

    Returns:
        (height, width, 3) uint8 RGB.
    """
    probe = Probe(world)
    low, high = probe.bounds
    boxes = [probe.bounds_of(one.instance_id) for one in world.objects if not one.is_stuff]
    if boxes and not probe.is_room:
        low, high = np.min([box[0] for box in boxes], 0), np.max([box[1] for box in boxes], 0)
    center = (low + high) / 2
    radius = float(np.linalg.norm(high[:2] - low[:2])) / 2 + 0.3 * float(high[2] - low[2])
    camera = camera_with_fov(_FOV_DEG, width=width, height=height)
    narrow = min(width, height) / width * np.tan(np.deg2rad(_FOV_DEG) / 2)
    distance = 0.85 * radius / narrow
    away = np.array([-0.55 * np.cos(_TILT), -0.83 * np.cos(_TILT), np.sin(_TILT)])
    eye = center + distance * away / np.linalg.norm(away)
    shown = tuple(
        one for one in world.objects if not (one.is_stuff and _hides(probe, one.instance_id, eye))
    )
    # The lights of a closed room would be far too bright without its ceiling.
    open_world = World(shown, size=world.size, lights=(_DAYLIGHT,), ambient=_SKYLIGHT)
    renderer = Renderer(open_world, background=backdrop(world))
    return renderer.render(camera, look_at(eye, center)).image


def _hides(probe: Probe, instance_id: int, eye: NDArray[np.float64]) -> bool:
    """Whether a wall or ceiling is between the camera and the center of the world."""
    low, high = probe.bounds_of(instance_id)
    middle = probe.bounds.mean(axis=0)
    if high[2] <= middle[2]:
        return False
    center, size = (low + high) / 2, high - low
    thin = int(np.argmin(size))
    outwards = center[thin] - middle[thin]
    towards = eye[thin] - center[thin]
    return bool(outwards * towards > 0)
