"""The description of a layout, and helpers that several layouts share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from scenewright.core import CaptureError
from scenewright.data.camera_files import FoundCamera, default_camera, find_camera
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
    """The keys that have both a color and a depth image, and problems for all others.

    Raises:
        CaptureError: There are images of both kinds, and none of them belong together.
    """
    names = [key for key in images if key in depths]
    problems = []
    if not names and images and depths:
        raise CaptureError(
            "No color image has a depth image of the same name or number",
            expected="color/0001.jpg and depth/0001.png, or color_0001.jpg and depth_0001.png",
            got=f"color {list_some(images, limit=3)}; depth {list_some(depths, limit=3)}",
            do="Rename the files so that those of one frame share their number.",
        )
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


def aligned(files: Mapping[str, Path], names: Iterable[str]) -> dict[str, Path]:
    """Files under the names of the frames that they belong to.

    Names count if they are equal; if more files agree in the number at the end of their names, as
    color_0001 and depth_0001 or 0001 and 1, the numbers count.

    Args:
        files: Files by stem.
        names: Stems of the files that they belong to.
    """
    wanted = list(names)
    numbers, available = _by_number(wanted), _by_number(files)
    shared = numbers.keys() & available.keys()
    if len(shared) <= len(set(wanted) & files.keys()):
        return dict(files)
    others = {stem: path for stem, path in files.items() if stem not in available.values()}
    renamed = {numbers.get(n, stem): files[stem] for n, stem in available.items()}
    return {**others, **renamed}


def _by_number(stems: Iterable[str]) -> dict[int, str]:
    """Stems by the number at their end; none if two have the same."""
    matches = [(stem, re.search(r"(\d+)$", stem)) for stem in stems]
    found = {int(match[1]): stem for stem, match in matches if match}
    return found if len(found) == sum(match is not None for _, match in matches) else {}


def first_size(paths: Iterable[Path | None]) -> tuple[int, int] | None:
    """(width, height) of the first image whose header can be read, or None."""
    for path in paths:
        if path is not None:
            try:
                return image_size(path)
            except CaptureError:
                continue
    return None


@dataclass(frozen=True, eq=False)
class FolderCamera:
    """The camera that a folder describes, or one that is assumed.

    Attributes:
        intrinsics: Of the camera, or why a file that should hold them cannot be read.
        origin: Where they are from, for notes.
        problems: A warning if they are assumed.
        depth_scale: Stored units per meter, if a file says so.
    """

    intrinsics: Intrinsics | CaptureError
    origin: str
    problems: tuple[Problem, ...] = ()
    depth_scale: float | None = None


def folder_camera(
    root: Path,
    images: Iterable[Path | None],
    depths: Iterable[Path | None],
    *,
    assumed: Intrinsics,
    text: str,
    files: str,
) -> FolderCamera:
    """The camera that a folder describes; without a description the usual one of the layout.

    Args:
        root: The folder.
        images: Color images, which say how large they are.
        depths: Depth images.
        assumed: The usual camera.
        text: The usual camera in words.
        files: Names of files that would be read.
    """
    try:
        color, depth = first_size(images), first_size(depths)
        found: FoundCamera | None = find_camera(root, depth=depth, color=color)
    except CaptureError as error:
        return FolderCamera(error, "unreadable")
    if found is None:
        return FolderCamera(
            assumed, f"assumed, {text}", (default_camera(root, text=text, files=files),)
        )
    origin = f"from {found.path.relative_to(root)}"
    return FolderCamera(found.intrinsics, origin, depth_scale=found.depth_scale)
