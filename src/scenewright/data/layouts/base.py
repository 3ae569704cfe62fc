"""What every layout says about itself, and what several layouts share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from scenewright.core import CaptureError
from scenewright.data.encodings import Intrinsics
from scenewright.data.file_readers import image_size
from scenewright.data.problems import Problem, list_some
from scenewright.data.recording import Recording


@dataclass(frozen=True)
class Layout:
    """One way to lay out a capture in a folder.

    Attributes:
        name: What `open_capture(layout=...)` calls it.
        summary: What it is, for lists.
        marks: The files by which a folder is recognised.
        find: Returns the folder that holds the capture, which may be a folder inside the given
            one, or None if the folder is of another layout. Looks at names only.
        read: Lists the frames of the folder that `find` returned.
    """

    name: str
    summary: str
    marks: str
    find: Callable[[Path], Path | None]
    read: Callable[[Path], Recording]


def pair_up(
    images: Mapping[str, Path], depths: Mapping[str, Path]
) -> tuple[list[str], list[Problem]]:
    """The keys that have both a colour and a depth picture, and what is left over."""
    names = [key for key in images if key in depths]
    problems = []
    for own, others, kind, missing in (
        (images, depths, "colour", "depth"),
        (depths, images, "depth", "colour"),
    ):
        lonely = tuple(key for key in own if key not in others)
        if lonely:
            problems.append(
                Problem(
                    "warning",
                    f"missing-{'depth' if missing == 'depth' else 'color'}",
                    f"{len(lonely)} {kind} pictures have no {missing} picture and are left out",
                    f"a {missing} picture for each",
                    f"none for {list_some(lonely)}",
                    "Export the capture again, or leave them out for good.",
                    lonely,
                )
            )
    return names, problems


def frame_names(paths: Sequence[str]) -> list[str]:
    """Names of frames: the stem of each picture's path or, where two share one, its folders too.

    Args:
        paths: Relative, with ``/``. Folders are joined by ``_``, so that a name names a file.
    """
    stems = [PurePosixPath(path).stem for path in paths]
    if len(set(stems)) == len(stems):
        return stems
    return ["_".join(PurePosixPath(path).with_suffix("").parts) for path in paths]


def attempt_intrinsics(read: Callable[[], Intrinsics]) -> Intrinsics | CaptureError:
    """The intrinsics, or the error that reading them met, so that a check can go on."""
    try:
        return read()
    except CaptureError as error:
        return error


def poses_from_quaternions(
    positions: NDArray[np.float64], quaternions_xyzw: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(N, 4, 4) matrices from (N, 3) positions and (N, 4) quaternions, the real part last.

    Rows that are no pose, such as a quaternion of zeros, become NaN.
    """
    lengths = np.linalg.norm(quaternions_xyzw, axis=1)
    valid = np.isfinite(lengths) & (lengths > 1e-6) & np.isfinite(positions).all(axis=1)
    matrices = np.tile(np.eye(4), (len(positions), 1, 1))
    matrices[~valid] = np.nan
    if valid.any():
        matrices[valid, :3, :3] = Rotation.from_quat(quaternions_xyzw[valid]).as_matrix()
        matrices[valid, :3, 3] = positions[valid]
    return matrices


def first_size(paths: Iterable[Path | None]) -> tuple[int, int] | None:
    """(width, height) of the first picture whose header can be read, or None."""
    for path in paths:
        if path is not None:
            try:
                return image_size(path)
            except CaptureError:
                continue
    return None
