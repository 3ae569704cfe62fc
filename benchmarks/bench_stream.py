"""Frames and masks in memory, and the time that each of them takes to be segmented."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Frame, MaskSet
from scenewright.data import Capture
from scenewright.fusion import FusionConfig, OnlineSegmenter
from scenewright.pipelines.sources.masks import make_proposer
from scenewright.pipelines.sources.settings import MaskSettings

STAGES = ("integrate", "lift", "associate", "merge")
WARM_UP_FRAMES = 12
"""Enough for every compiled loop to have run: the merge round comes every fifth frame."""

Pair = tuple[Frame, MaskSet | None]


@dataclass(frozen=True, eq=False)
class Prepared:
    """A capture in memory, and what it cost to get it there.

    Attributes:
        pairs: Each frame with its masks.
        decode_ms: (N,) time to read and decode each frame.
        masks_ms: (N,) time to find, or read, the masks of each frame.
    """

    pairs: list[Pair]
    decode_ms: NDArray[np.float64]
    masks_ms: NDArray[np.float64]

    def describe(self) -> str:
        """What it holds, in one line."""
        frames = [frame for frame, _ in self.pairs]
        counts = [len(masks) for _, masks in self.pairs if masks is not None]
        size = f"{frames[0].camera.width} x {frames[0].camera.height} pixels"
        mean = float(np.mean(counts)) if counts else 0.0
        return f"{len(frames)} frames of {size}, {mean:.1f} masks per frame"


@dataclass(frozen=True, eq=False)
class Times:
    """Milliseconds per frame of one run.

    Attributes:
        stages: (N,) for each of `STAGES`; 0 where a frame skipped it.
        total: (N,) of the whole update: the stages and all that lies between them.
        is_used: (N,) bool, whether the frame was fused.
    """

    stages: dict[str, NDArray[np.float64]]
    total: NDArray[np.float64]
    is_used: NDArray[np.bool_]


def prepare(capture: Capture, *, masks: str) -> Prepared:
    """Decodes all frames and finds their masks.

    Args:
        capture: The frames.
        masks: Name of a backend, or a folder with masks that another program made.
    """
    proposer = make_proposer(MaskSettings(masks=masks), capture)
    proposer.propose(capture[0])
    pairs: list[Pair] = []
    decode, propose = np.zeros(len(capture)), np.zeros(len(capture))
    for i in range(len(capture)):
        start = perf_counter()
        frame = capture[i]
        decoded = perf_counter()
        found = proposer.propose(frame)
        decode[i], propose[i] = 1e3 * (decoded - start), 1e3 * (perf_counter() - decoded)
        pairs.append((frame, found))
    return Prepared(pairs, decode, propose)


def warm_up(config: FusionConfig, pairs: Sequence[Pair]) -> None:
    """Lets every loop be compiled, on a segmenter that is thrown away."""
    segmenter = OnlineSegmenter(config)
    for frame, masks in pairs[:WARM_UP_FRAMES]:
        segmenter.update(frame, masks)
    segmenter.finish()
    segmenter.result()


def time_run(segmenter: OnlineSegmenter, pairs: Iterable[Pair]) -> Times:
    """Segments frames and takes the time of each."""
    stages: dict[str, list[float]] = {stage: [] for stage in STAGES}
    total: list[float] = []
    is_used: list[bool] = []
    for frame, masks in pairs:
        start = perf_counter()
        update = segmenter.update(frame, masks)
        total.append(1e3 * (perf_counter() - start))
        taken = update.stage_ms
        is_used.append(bool(taken))
        for stage in STAGES:
            stages[stage].append(taken.get(stage, 0.0))
    return Times(
        {stage: np.array(times) for stage, times in stages.items()},
        np.array(total),
        np.array(is_used),
    )


def back_and_forth(num_frames: int, *, passes: int) -> Iterator[int]:
    """Positions of a capture that is played to its end, back to its start, and so on."""
    for number in range(passes):
        yield from range(num_frames) if number % 2 == 0 else reversed(range(num_frames))


def milliseconds(value: float) -> str:
    """As the tables show it."""
    return f"{value:.2f}"


def masks_option(masks: str) -> str:
    """How the tables name the masks: a backend by its name, a folder by its last two parts."""
    path = Path(masks)
    return "/".join(path.parts[-2:]) if path.is_dir() else masks
