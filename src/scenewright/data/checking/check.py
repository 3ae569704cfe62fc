"""Looking for everything that is wrong with a capture, before it spoils a scene."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenewright.core import CaptureError
from scenewright.data.capture import describe, read_recording
from scenewright.data.checking.consistency import check_consistency, choose_pairs
from scenewright.data.checking.files import FileFacts, check_files, group_errors
from scenewright.data.checking.poses import check_poses, check_times
from scenewright.data.decode import read_depth
from scenewright.data.encodings import Intrinsics
from scenewright.data.file_readers import read_image
from scenewright.data.problems import CaptureReport, Problem
from scenewright.data.recording import Recording

_PLAUSIBLE_M = (0.2, 20.0)
"""Between which the median depth of a capture lies, indoors and in front of a sensor."""
_FEW_READINGS = 0.1
"""Share of pixels with depth below which a frame helps little."""


@dataclass(frozen=True, eq=False)
class _Sample:
    """What decoding one frame told: median and share of its valid depth, whether it is blank."""

    median: float
    share: float
    is_blank: bool


def check_capture(
    path: str | Path,
    *,
    layout: str | None = None,
    depth_scale: float | None = None,
    full: bool = False,
    num_samples: int = 20,
) -> CaptureReport:
    """Finds all that is wrong with a capture, each with its cure.

    The header and the end of every picture, every pose and every time are looked at; pictures are
    decoded for a sample of frames only, unless `full`. Broken files do not stop the check.

    Args:
        path: The folder.
        layout: Name of its layout, or None to recognise it.
        depth_scale: Stored depth units per metre, or None for what the layout defines.
        full: Whether to decode every frame.
        num_samples: About how many frames to decode otherwise.

    Raises:
        UnknownNameError: `layout` is not the name of a layout.
    """
    folder = Path(path)
    try:
        recording = read_recording(folder, layout=layout, depth_scale=depth_scale)
    except CaptureError as error:
        problem = Problem.from_error(error, code="not-a-capture")
        return CaptureReport(folder, None, (), 0, 0, (problem,))
    facts, problems = check_files(recording)
    problems = [*recording.problems, *problems]
    poses, pose_problems = check_poses(recording)
    problems += [*pose_problems, *check_times(recording)]

    readable = [i for i in range(len(recording.entries)) if i not in facts.broken]
    pairs = choose_pairs(poses, readable, num_pairs=max(num_samples // 2, 1))
    chosen = readable if full else _sample(readable, pairs, number=num_samples)
    samples, kept, sample_problems = _decode(
        recording, chosen, wanted={i for pair in pairs for i in pair}
    )
    problems += [*sample_problems, *_check_pictures(recording, samples)]
    problems += _check_geometry(
        recording, facts, poses=poses, pairs=pairs, depths=kept, samples=samples
    )
    problems.sort(key=lambda problem: problem.severity)
    return CaptureReport(
        folder,
        recording.layout,
        tuple(describe(recording, num_frames=len(recording.entries))),
        len(recording.entries),
        len(samples),
        tuple(problems),
    )


def _sample(readable: list[int], pairs: list[tuple[int, int]], *, number: int) -> list[int]:
    """The frames of the pairs, filled up with frames spread evenly over the capture."""
    chosen = {i for pair in pairs for i in pair}
    spread = np.linspace(0, len(readable) - 1, num=min(max(number, 1), len(readable)))
    for position in np.unique(spread.round().astype(int)):
        if len(chosen) < number:
            chosen.add(readable[position])
    return sorted(chosen)


def _decode(
    recording: Recording, chosen: list[int], *, wanted: set[int]
) -> tuple[dict[int, _Sample], dict[int, NDArray[np.float32]], list[Problem]]:
    """Facts of the chosen frames, the depth of the wanted ones among them, and what failed."""
    samples: dict[int, _Sample] = {}
    kept: dict[int, NDArray[np.float32]] = {}
    failures: list[tuple[str, CaptureError]] = []
    for i in chosen:
        entry = recording.entries[i]
        median, share, is_blank = np.nan, np.nan, False
        try:
            if entry.depth is not None:
                depth = read_depth(entry, recording)
                valid = depth[depth > 0]
                share = valid.size / depth.size
                median = float(np.median(valid)) if valid.size else np.nan
                if i in wanted:
                    kept[i] = depth
            if entry.image is not None:
                is_blank = bool(np.ptp(read_image(entry.image)) == 0)
        except CaptureError as error:
            failures.append((entry.name, error))
            continue
        samples[i] = _Sample(median, share, is_blank)
    return samples, kept, group_errors(failures, code="unreadable")


def _names(recording: Recording, indices: list[int]) -> tuple[str, ...]:
    return tuple(recording.entries[i].name for i in indices)


def _check_pictures(recording: Recording, samples: dict[int, _Sample]) -> list[Problem]:
    """Frames of the sample that hold nothing, or next to nothing."""
    problems = []
    for code, what, expected, do, indices in (
        (
            "empty-depth",
            "Depth pictures without any reading",
            "readings",
            "Take these frames out, or export them again.",
            [i for i, s in samples.items() if s.share == 0],
        ),
        (
            "sparse-depth",
            "Depth pictures with few readings",
            f"readings in {_FEW_READINGS:.0%} of the pixels or more",
            "Hold the sensor within its range, and away from glass, mirrors and black surfaces.",
            [i for i, s in samples.items() if 0 < s.share < _FEW_READINGS],
        ),
        (
            "empty-image",
            "Colour pictures of one single colour",
            "a picture of the place",
            "Take these frames out, or export them again.",
            [i for i, s in samples.items() if s.is_blank],
        ),
    ):
        if indices:
            all_of_them = len(indices) == len(samples)
            problems.append(
                Problem(
                    "error" if all_of_them else "warning",
                    code,
                    what,
                    expected,
                    f"{len(indices)} such frames of {len(samples)} decoded",
                    do,
                    _names(recording, indices),
                )
            )
    return problems


def _check_geometry(
    recording: Recording,
    facts: FileFacts,
    *,
    poses: list[NDArray[np.float64] | None],
    pairs: list[tuple[int, int]],
    depths: dict[int, NDArray[np.float32]],
    samples: dict[int, _Sample],
) -> list[Problem]:
    """What only depth, intrinsics and poses together show."""
    if all(entry.depth is None for entry in recording.entries):
        return [_no_depth()]
    medians = [s.median for s in samples.values() if np.isfinite(s.median)]
    if not medians:
        return []
    median = float(np.median(medians))
    low, high = _PLAUSIBLE_M
    is_plausible = low <= median <= high
    problems: list[Problem] = []
    pairs = [pair for pair in pairs if pair[0] in depths and pair[1] in depths]
    factor = None
    if isinstance(recording.intrinsics, Intrinsics) and facts.size is not None and pairs:
        factor, problems = check_consistency(
            recording,
            poses,
            pairs=pairs,
            depths=depths,
            is_depth_plausible=is_plausible,
        )
    if not is_plausible:
        problems.insert(0, _depth_scale_problem(recording, median, factor=factor))
    return problems


def _no_depth() -> Problem:
    return Problem(
        "warning",
        "no-depth",
        "The capture has no depth, without which 'segment' cannot work",
        "a depth picture for every frame",
        "colour pictures only",
        "Use 'fit-splats', which needs pictures and poses only, or export depth with them.",
    )


def _depth_scale_problem(recording: Recording, median: float, *, factor: float | None) -> Problem:
    """Implausible depth, with the scale that would make it plausible.

    Args:
        recording: The capture.
        median: Median depth, metres.
        factor: By how much depth would have to be divided to fit the camera's motion, if known.
    """
    low, high = _PLAUSIBLE_M
    candidates = [1000.0, 0.001, 10.0, 0.1, 100.0, 0.01]
    if factor is not None:
        candidates.insert(0, factor)
    fits = next((c for c in candidates if low <= median / c <= high), None)
    cure = "Find out in which unit the sensor stores depth, and give it as the depth scale."
    if fits is not None:
        scale = recording.depth.scale * fits
        cure = (
            f'Put {{"depth_scale": {scale:g}}} into capture.json in the capture\'s folder, or pass '
            f"depth_scale={scale:g}: the median would be {median / fits:.2f} m"
        )
    return Problem(
        "error",
        "depth-scale",
        f"Depth does not look like metres at {recording.depth.scale:g} stored units per metre",
        f"a median of {low:g} to {high:g} m",
        f"{median:.4g} m",
        cure,
    )
