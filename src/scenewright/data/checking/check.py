"""Finds all problems of a capture before it is processed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenewright.core import CaptureError
from scenewright.data.capture import describe, read_recording
from scenewright.data.checking.consistency import Findings, check_consistency, choose_pairs
from scenewright.data.checking.files import FileFacts, check_files, group_errors
from scenewright.data.checking.poses import check_poses, check_times, check_up
from scenewright.data.decode import read_depth
from scenewright.data.encodings import Intrinsics
from scenewright.data.file_readers import read_image
from scenewright.data.problems import CaptureReport, Problem
from scenewright.data.recording import Recording

_PLAUSIBLE_M = (0.2, 20.0)
"""Plausible range of the median depth of a capture."""
_POSSIBLE_M = (0.02, 200.0)
"""Range of the median depth of captures of tiny things and of landscapes."""
_TURNED = ("pose-direction", "pose-axes", "pose-roll", "pose-quaternion")
_BY_WRONG_K = (
    "pose-fit", "pose-offset", "pose-shift", "intrinsics-focal", "intrinsics-center",
)  # fmt: skip
_OTHER_DEPTH = ("depth-rotated", "depth-swapped", "depth-disparity", "depth-flat")
"""Problems beside which the unit of the depth cannot be judged."""
_FILL_SHARE = 0.02
"""Share of readings with exactly the largest value from which on it is no measurement."""
_FLAT = 1.12
"""Ratio of far to near readings up to which depth hardly varies."""
_FEW_READINGS = 0.1
"""Share of pixels with depth below which a frame counts as sparse."""


@dataclass(frozen=True, eq=False)
class _Sample:
    """A decoded frame.

    Attributes:
        median: Median depth, meters.
        share: Share of pixels with depth.
        largest: Largest depth, meters.
        largest_share: Share of the readings with exactly this depth.
        spread: 95th percentile of the depth, divided by the 5th.
        is_blank: Whether its color is uniform.
    """

    median: float = np.nan
    share: float = np.nan
    largest: float = np.nan
    largest_share: float = 0.0
    spread: float = np.inf
    is_blank: bool = False

    @classmethod
    def of(cls, depth: NDArray[np.float32] | None, image: NDArray[np.uint8] | None) -> _Sample:
        """The sample of a frame with these images."""
        is_blank = image is not None and bool(np.ptp(image) == 0)
        if depth is None:
            return cls(is_blank=is_blank)
        valid = depth[depth > 0]
        if not valid.size:
            return cls(share=0.0, is_blank=is_blank)
        largest = float(valid.max())
        return cls(
            float(np.median(valid)),
            valid.size / depth.size,
            largest,
            float(np.mean(valid == largest)),
            float(np.divide(*np.percentile(valid, (95, 5)))),
            is_blank,
        )


def check_capture(
    path: str | Path,
    *,
    layout: str | None = None,
    depth_scale: float | None = None,
    full: bool = False,
    num_samples: int = 20,
) -> CaptureReport:
    """Finds all problems of a capture, each with a suggested fix.

    The header and the end of every image, every pose and every timestamp are checked; images are
    decoded for a sample of frames only, unless `full`. Damaged files do not stop the check.

    Args:
        path: The folder.
        layout: Name of its layout, or None to recognize it.
        depth_scale: Stored depth units per meter, or None for the default of the layout.
        full: Whether to decode every frame.
        num_samples: Approximate number of frames to decode otherwise.

    Raises:
        UnknownNameError: There is no layout of this name.
    """
    folder = Path(path)
    try:
        recording = read_recording(folder, layout=layout, depth_scale=depth_scale)
    except CaptureError as error:
        problem = Problem.from_error(error, code="not-a-capture")
        return CaptureReport(folder, None, (), 0, 0, (problem,))
    facts, problems = check_files(recording)
    problems = [*recording.problems, *problems]
    poses = check_poses(recording)
    problems += [*poses.problems, *check_times(recording)]

    readable = [i for i in range(len(recording.entries)) if i not in facts.broken]
    pairs = choose_pairs(poses.world_from_cam, readable, num_pairs=max(num_samples // 2, 1))
    chosen = readable if full else _sample(readable, pairs, number=num_samples)
    samples, kept, sample_problems = _decode(
        recording, chosen, wanted={i for pair in pairs for i in pair}
    )
    problems += [*sample_problems, *_check_images(recording, samples)]
    found = _check_geometry(
        recording, facts, stored=poses.stored, pairs=pairs, depths=kept, samples=samples
    )
    # A matrix of other images explains that nothing fits.
    if any(p.code == "intrinsics-size" for p in problems):
        is_wrong = any(p.code in _BY_WRONG_K for p in found)
        problems = [
            _as_error(p) if is_wrong and p.code == "intrinsics-size" else p for p in problems
        ]
        found = [p for p in found if p.code not in _BY_WRONG_K]
    problems += found
    # Wrong poses would turn the cameras, and hide whether the direction is right.
    if not any(problem.code in _TURNED for problem in problems):
        problems += check_up(recording, poses.world_from_cam)
    problems.sort(key=lambda problem: problem.severity)
    return CaptureReport(
        folder,
        recording.layout,
        (*describe(recording, num_frames=len(recording.entries)), *poses.notes),
        len(recording.entries),
        len(samples),
        tuple(problems),
    )


def _as_error(problem: Problem) -> Problem:
    return replace(problem, severity="error")


def _sample(readable: list[int], pairs: list[tuple[int, int]], *, number: int) -> list[int]:
    """The frames of the pairs, and evenly spaced frames up to the given number."""
    chosen = {i for pair in pairs for i in pair}
    spread = np.linspace(0, len(readable) - 1, num=min(max(number, 1), len(readable)))
    for position in np.unique(spread.round().astype(int)):
        if len(chosen) < number:
            chosen.add(readable[position])
    return sorted(chosen)


def _decode(
    recording: Recording, chosen: list[int], *, wanted: set[int]
) -> tuple[dict[int, _Sample], dict[int, NDArray[np.float32]], list[Problem]]:
    """Samples of the chosen frames, the depth of the wanted ones, and decoding errors."""
    samples: dict[int, _Sample] = {}
    kept: dict[int, NDArray[np.float32]] = {}
    failures: list[tuple[str, CaptureError]] = []
    for i in chosen:
        entry = recording.entries[i]
        try:
            depth = None if entry.depth is None else read_depth(entry, recording)
            image = None if entry.image is None else read_image(entry.image)
        except CaptureError as error:
            failures.append((entry.name, error))
            continue
        if depth is not None and i in wanted:
            kept[i] = depth
        samples[i] = _Sample.of(depth, image)
    return samples, kept, group_errors(failures, code="unreadable")


def _names(recording: Recording, indices: list[int]) -> tuple[str, ...]:
    return tuple(recording.entries[i].name for i in indices)


def _check_images(recording: Recording, samples: dict[int, _Sample]) -> list[Problem]:
    """Frames of the sample without content, or with little."""
    problems = []
    for code, what, expected, do, indices in (
        (
            "empty-depth",
            "Depth images without any reading",
            "readings",
            "Remove these frames, or export them again.",
            [i for i, s in samples.items() if s.share == 0],
        ),
        (
            "sparse-depth",
            "Depth images with few readings",
            f"readings in {_FEW_READINGS:.0%} or more of the pixels",
            "Stay within the range of the sensor, and avoid glass, mirrors and black surfaces.",
            [i for i, s in samples.items() if 0 < s.share < _FEW_READINGS],
        ),
        (
            "empty-image",
            "Color images of a single color",
            "an image of the scene",
            "Remove these frames, or export them again.",
            [i for i, s in samples.items() if s.is_blank],
        ),
    ):
        if indices:
            is_all = len(indices) == len(samples)
            problems.append(
                Problem(
                    "error" if is_all else "warning",
                    code,
                    what,
                    expected,
                    f"{len(indices)} of {len(samples)} decoded frames",
                    do,
                    _names(recording, indices),
                )
            )
    return problems


def _check_geometry(
    recording: Recording,
    facts: FileFacts,
    *,
    stored: list[NDArray[np.float64] | None],
    pairs: list[tuple[int, int]],
    depths: dict[int, NDArray[np.float32]],
    samples: dict[int, _Sample],
) -> list[Problem]:
    """Problems that only depth, intrinsics and poses together reveal."""
    if all(entry.depth is None for entry in recording.entries):
        return [_no_depth()]
    medians = [s.median for s in samples.values() if np.isfinite(s.median)]
    if not medians:
        return []
    pairs = [pair for pair in pairs if pair[0] in depths and pair[1] in depths]
    found = Findings(None, None, [])
    if isinstance(recording.intrinsics, Intrinsics) and facts.size is not None and pairs:
        found = check_consistency(recording, stored, pairs=pairs, depths=depths)
    flat = _check_flat(recording, samples, is_doubted=bool(found.problems))
    # Nearly flat depth fits poses of any small motion, so that nothing else can be explained.
    fits = [] if flat else found.problems
    problems = [*fits, *_check_fill(recording, samples), *flat]
    if any(problem.code in _OTHER_DEPTH for problem in problems):
        return problems
    problem = _check_depth_scale(recording, float(np.median(medians)), factor=found.unit_factor)
    if problem is None:
        return problems
    return [problem, *(p for p in problems if p.code not in ("pose-scale", "intrinsics-focal"))]


def _check_flat(
    recording: Recording, samples: dict[int, _Sample], *, is_doubted: bool
) -> list[Problem]:
    """Depth that hardly varies in all frames, as the buffer of a renderer does.

    Frames of a wall are flat, too, but their depth fits the poses.

    Args:
        recording: The capture.
        samples: Decoded frames.
        is_doubted: Whether it does not fit the poses.
    """
    known = [s for s in samples.values() if np.isfinite(s.spread)]
    if len(known) < 2 or any(s.spread > _FLAT for s in known):
        return []
    largest = max(s.largest for s in known) * recording.depth.scale
    smallest = min(s.median for s in known) * recording.depth.scale
    ends_at_1 = 0.5 < smallest and largest <= 1.0
    is_buffer = ends_at_1 or is_doubted
    return [
        Problem(
            "error" if is_buffer else "warning",
            "depth-flat",
            "Depth hardly varies"
            + (
                ", and its stored values end at 1, as in the depth buffer of a renderer"
                if ends_at_1
                else ", and does not fit the poses, as in the depth buffer of a renderer"
                if is_doubted
                else ""
            ),
            f"far readings that are {_FLAT:g} times as far as near ones in some frame",
            f"{max(s.spread for s in known):.3g} times at most",
            "Values b of a depth buffer are not linear: depth = near * far / (far - b * (far - "
            "near)) with the near and far plane of the renderer."
            if is_buffer
            else "Nothing, if the capture shows a flat surface only; otherwise export depth again.",
        )
    ]


def _check_fill(recording: Recording, samples: dict[int, _Sample]) -> list[Problem]:
    """A value with which the depth images are filled where nothing was measured."""
    filled = [i for i, s in samples.items() if s.largest_share >= _FILL_SHARE]
    values = {samples[i].largest for i in filled}
    if len(filled) < max(2, 0.5 * len(samples)) or len(values) > 1:
        return []
    value = values.pop()
    share = float(np.median([samples[i].largest_share for i in filled]))
    return [
        Problem(
            "warning",
            "depth-fill",
            f"{share:.0%} of the readings have exactly the largest depth, {value:.4g} m",
            "0 where nothing was measured",
            f"the stored value {value * recording.depth.scale:.6g} in {len(filled)} of "
            f"{len(samples)} decoded frames",
            "Set these pixels to 0, or use a --max-depth below this value.",
            _names(recording, filled),
        )
    ]


def _no_depth() -> Problem:
    return Problem(
        "warning",
        "no-depth",
        "The capture has no depth, which 'segment' requires",
        "a depth image for every frame",
        "color images only",
        "Use 'fit-splats', which needs only images and poses, or export depth as well.",
    )


def _check_depth_scale(
    recording: Recording, median: float, *, factor: float | None
) -> Problem | None:
    """The problem of implausible depth, with a scale that would make it plausible.

    Depth that is only unusual, as outdoors, is no problem if the motion of the camera fits it, and
    a wrong pose scale if that explains the motion better.

    Args:
        recording: The capture.
        median: Median depth, meters.
        factor: Divisor with which depth would fit the motion of the camera, if known.
    """
    low, high = _PLAUSIBLE_M
    is_possible = _POSSIBLE_M[0] <= median <= _POSSIBLE_M[1]
    candidates = [1000.0, 0.001, 10.0, 0.1, 100.0, 0.01]
    if factor is not None and factor != 1:
        candidates.insert(0, factor)
    fits = next((c for c in candidates if low <= median / c <= high), None)
    is_explained = factor is not None and (factor == 1 or factor != fits)
    if low <= median <= high or (is_possible and is_explained):
        return None
    fix = "Find out in which unit the sensor stores depth, and set the depth scale."
    if fits is not None:
        scale = recording.depth.scale * fits
        fix = (
            f'Put {{"depth_scale": {scale:g}}} into capture.json in the capture folder, or pass '
            f"depth_scale={scale:g}: the median would be {median / fits:.2f} m."
        )
        if factor == 1:
            pose_scale = recording.pose.scale * fits
            fix += f' The poses are in that unit, too: add "pose_scale": {pose_scale:g}.'
    if is_possible and factor is None:
        fix = f"Nothing, if the scene is of that size. Otherwise: {fix}"
    return Problem(
        "warning" if is_possible and factor is None else "error",
        "depth-scale",
        f"Depth does not look like meters at {recording.depth.scale:g} stored units per meter",
        f"a median of {low:g} to {high:g} m",
        f"{median:.4g} m",
        fix,
    )
