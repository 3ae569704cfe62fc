"""Rooms that were filmed, segmented and completed, for benchmarks of the whole chain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from scenewright.core import Frame, FrameList, MaskSet, Scene
from scenewright.io import load_scene, save
from scenewright.pipelines.complete.settings import CompleteSettings
from scenewright.pipelines.complete.steps import Completion, complete_scene
from scenewright.pipelines.segment.settings import DEFAULT_MASKS, SegmentSettings
from scenewright.pipelines.segment.steps import segment_frames
from scenewright.pipelines.sources.evidence import grids_of_capture
from scenewright.worlds import SyntheticCapture, film_room

TRUE_MASKS = "true"
DEFAULT = DEFAULT_MASKS
SIZE = (320, 240)
"""Width and height of the frames, pixels."""
NUM_FRAMES = 40


@dataclass(frozen=True, eq=False)
class SegmentedRoom:
    """A room as `segment` leaves it.

    Attributes:
        film: The room and its truth.
        scene: Its objects, with state grids.
    """

    film: SyntheticCapture
    scene: Scene


class TrueMasks:
    """Proposes the true masks of a film."""

    def __init__(self, film: SyntheticCapture) -> None:
        self._film = film

    def propose(self, frame: Frame) -> MaskSet:
        """The true masks of a frame."""
        return self._film.masks(frame.index)


def segmented_rooms(
    seeds: tuple[int, ...],
    *,
    masks: str,
    num_frames: int = NUM_FRAMES,
    threads: int = 1,
    kept: Path | None = None,
) -> Iterator[SegmentedRoom]:
    """Films rooms with the noise of a depth sensor and segments them.

    Args:
        seeds: Seeds of the rooms.
        masks: `TRUE_MASKS` or a backend.
        num_frames: Frames of each.
        threads: Cores for rendering and the compiled loops.
        kept: Folder where segmented rooms are kept for other runs, and found again.
    """
    for seed in seeds:
        # Nothing here refers to a room while the next one is made.
        yield _segmented_room(seed, masks, num_frames, threads, kept)


def _segmented_room(
    seed: int, masks: str, num_frames: int, threads: int, kept: Path | None
) -> SegmentedRoom:
    width, height = SIZE
    film = film_room(
        seed, num_frames=num_frames, width=width, height=height, depth_noise=True,
        num_threads=threads,
    )  # fmt: skip
    folder = None if kept is None else kept / f"{masks.replace('/', '-')}-{seed}-{num_frames}"
    if folder is not None and folder.is_dir():
        return SegmentedRoom(film, load_scene(folder))
    scene = _segmented(film, masks, threads)
    if folder is not None:
        save(scene, folder)
    return SegmentedRoom(film, scene)


def _segmented(film: SyntheticCapture, masks: str, threads: int) -> Scene:
    """The objects of a film, with state grids."""
    source = FrameList(list(film), up=film.up)
    is_true = masks == TRUE_MASKS
    settings = SegmentSettings(masks=DEFAULT_MASKS if is_true else masks, threads=threads)
    proposer = TrueMasks(film) if is_true else None
    scene = segment_frames(source, settings, proposer=proposer).scene
    ids = [row.id for row in scene.instances if row.role == "object"]
    return replace(scene, grids=grids_of_capture(scene, source, ids=ids))


def completed(scene: Scene, *, model: str) -> Completion:
    """The scene with whole objects, from the grids that it has."""
    return complete_scene(scene, None, CompleteSettings(model=model))
