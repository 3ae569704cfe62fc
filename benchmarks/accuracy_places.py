"""The places that plain defaults are judged on, each with exact truth.

Both sequences of house-rgbd are RENDERED from a modelled house: no sensor noise, exact poses. The
demo room is the one of ``scenewright demo``, and the held-out rooms are those of
`rooms_accuracy.py`: worlds of this package's own making, with the noise of a depth sensor.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from bench_common import DATA, require_folder
from scenewright.core import FrameList, FrameSource
from scenewright.data import open_capture
from scenewright.pipelines.demo.settings import DemoSettings
from scenewright.pipelines.evaluate.scenes import SceneTruth, read_scene_truth
from scenewright.worlds import SyntheticCapture, film_room
from scenewright.worlds.film import thinned
from scenewright.worlds.writing import TruthParts, write_capture

PlaceName = Literal["living-room", "bedroom", "demo-room", "rooms"]
PLACES: tuple[PlaceName, ...] = ("living-room", "bedroom", "demo-room", "rooms")
SEEDS = tuple(range(10))
"""Of the held-out rooms; the networks of the package saw seeds from 1,000,000 on."""
ROOM_FRAMES, ROOM_SIZE = 60, (640, 480)
"""Frames of each held-out room; width and height, pixels."""
_SPACING = 0.02
"""Of the true points, meters."""


@dataclass(frozen=True, eq=False)
class Place:
    """Frames with their truth.

    Attributes:
        source: The frames.
        truth: What they show.
        mask_folders: Masks made from the truth, by kind: true, damaged.
    """

    source: FrameSource
    truth: SceneTruth
    mask_folders: dict[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Folders:
    """Where the data lie."""

    house: Path = DATA / "house-rgbd"
    """Folder of house-rgbd."""
    masks: Path = DATA / "house-masks"
    """Folder of house-masks."""


def open_places(
    name: PlaceName, folders: Folders, *, seeds: tuple[int, ...] = SEEDS, threads: int = 1
) -> Iterator[Place]:
    """The places that share one row of the table, one after the other.

    Args:
        name: Which of them.
        folders: Where the data lie.
        seeds: Seeds of the held-out rooms.
        threads: Threads that render the frames of rooms; the frames do not depend on it.

    Raises:
        CaptureError: Data are missing.
    """
    if name == "rooms":
        for seed in seeds:
            width, height = ROOM_SIZE
            room = film_room(
                seed, num_frames=ROOM_FRAMES, width=width, height=height, depth_noise=True,
                num_threads=threads,
            )  # fmt: skip
            yield _film_once(room)
    elif name == "demo-room":
        with TemporaryDirectory() as folder:
            path = write_capture(
                film_demo(threads), Path(folder) / "capture",
                truth=TruthParts(meshes=False, amodal=False),
            )  # fmt: skip
            yield Place(open_capture(path), read_scene_truth(path))
    else:
        yield _open_house(name, folders)


def film_demo(threads: int) -> SyntheticCapture:
    """The room of ``scenewright demo`` with default settings."""
    settings = DemoSettings()
    width, height = settings.size
    return film_room(
        settings.seed, num_frames=settings.num_frames, width=width, height=height,
        depth_noise=not settings.clean_depth, num_threads=threads,
    )  # fmt: skip


def _film_once(room: SyntheticCapture) -> Place:
    """All frames in memory with their truth, each rendered once."""
    frames, seen = [], []
    for index in range(len(room)):
        frames.append(room[index])
        seen.append(room.seen_surface(index, spacing=_SPACING))
    truth = SceneTruth(thinned(seen, spacing=_SPACING), room.stuff_ids, room.labels)
    return Place(FrameList(frames, up=room.up), truth)


def _open_house(sequence: str, folders: Folders) -> Place:
    folder = require_folder(folders.house / sequence, what="sequence", option="--folders.house")
    masks = {
        kind: require_folder(
            folders.masks / sequence / kind, what="folder of masks", option="--folders.masks"
        )
        for kind in ("true", "damaged")
    }
    return Place(open_capture(folder), read_scene_truth(folder), masks)
