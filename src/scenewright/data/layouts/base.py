"""The description of a layout, and helpers that several layouts share."""

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
    """A way to organize a capture in a folder.

    Attributes:
        name: Name in `open_capture(layout=...)`.
        summary: Short description, for lists.
        marks: The files by which a folder is recognized.
        find: Returns the folder of the capture, which may be a subfolder of the given one, or
            None if the folder does not have this layout. Looks at file names only.
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
    """The keys that have both a color and a depth image, and problems for all others."""
    names = [key for key in images if key in depths]
    problems = []
    for files, partners, kind, missing in (
        (images, depths, "color", "depth"),
        (depths, images, "depth", "color"),
    ):
        unpaired = tuple(key for key in files if key not in partners)
        if unpaired:
            problems.append(
                Problem(
                    "warning",
                    f"missing-{missing}",
                    f"{len(unpaired)} {kind} images have no {missing} image and are not used",
                    f"a {missing} image for each",
                    f"none for {list_some(unpaired)}",
                    "Export the capture again, or remove these files.",
                    unpaired,
                )
            )
    return names, problems


def frame_names(paths: Sequence[str]) -> list[str]:
    """Names of frames: the stems of the paths or, if stems repeat, the joined folders and stems.

    Args:
        paths: Relative paths with ``/``. Folders are joined by ``_``.
    """
    stems = [PurePosixPath(path).stem for path in paths]
    if len(set(stems)) == len(stems):
        return stems
    return ["_".join(PurePosixPath(path).with_suffix("").parts) for path in paths]


def attempt_intrinsics(read: Callable[[], Intrinsics]) -> Intrinsics | CaptureError:
    """The intrinsics, or the error in reading them, so that a check can continue."""
    try:
        return read()
    except CaptureError as error:
        return error


def poses_from_quaternions(
    positions: NDArray[np.float64], quaternions_xyzw: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(N, 4, 4) matrices from (N, 3) positions and (N, 4) quaternions x y z w.

    Invalid rows, such as zero quaternions, become NaN.
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
    """(width, height) of the first image whose header can be read, or None."""
    for path in paths:
        if path is not None:
            try:
                return image_size(path)
            except CaptureError:
                continue
    return None
