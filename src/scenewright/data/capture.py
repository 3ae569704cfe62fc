"""Opening a capture: recognizing its layout, and decoding its frames on demand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Camera, CaptureError, Frame, PointCloud, UnknownNameError
from scenewright.data.capture_settings import apply_settings
from scenewright.data.decode import decode_frame, reference_size
from scenewright.data.encodings import Intrinsics
from scenewright.data.file_kinds import what_file_is, what_folder_holds
from scenewright.data.file_readers import DEPTH_SUFFIXES, IMAGE_SUFFIXES
from scenewright.data.layouts import LAYOUTS, Layout
from scenewright.data.recording import Recording
from scenewright.data.sparse_points import read_sparse_points
from scenewright.data.world_shift import near_origin
from scenewright.geometry.distortion import LENS_MODELS

DOCS_PAGE = "docs/captures.md"
_IMAGES = ("color", "rgb", "images", "image", "results")
_CONVERT = {
    ".jpg": "JPEG changes the values of depth: export it again as 16-bit PNG in millimeters.",
    ".depth": "Give the whole unpacked recording of Record3D: metadata and rgbd/.",
    "depth": "Convert the depth to 16-bit PNG in millimeters.",
    "color": "Convert the images to JPEG or PNG.",
}
"""What to do about files that are not read, by suffix or kind."""


class Capture:
    """A recorded folder of posed frames, with or without depth.

    Images are decoded, and undistorted if the lens requires it, when a frame is accessed.
    Indexing, iteration and `len` work as on a sequence; an instance may be used from several
    threads at once.
    """

    def __init__(self, recording: Recording, *, positions: range | None = None) -> None:
        self._recording = recording
        self._positions = range(len(recording.entries)) if positions is None else positions

    @property
    def name(self) -> str:
        """Name of the capture: that of its folder, unless capture.json gives another."""
        return self._recording.name or self._recording.root.resolve().name

    @property
    def layout(self) -> str:
        """Name of the layout, one of `available_layouts`."""
        return self._recording.layout

    @property
    def root(self) -> Path:
        """Folder that contains the capture."""
        return self._recording.root

    @property
    def up(self) -> NDArray[np.float64] | None:
        """(3,) float64 unit vector against gravity in the world frame, or None if unknown."""
        return self._recording.up

    @property
    def origin(self) -> tuple[float, float, float]:
        """Position in the world of the stored poses, meters, that became the origin."""
        return self._recording.pose.origin

    @property
    def is_metric(self) -> bool:
        """Whether lengths are meters, or in the arbitrary unit of a reconstruction."""
        return self._recording.is_metric

    @property
    def description(self) -> list[str]:
        """What was recognized, read and assumed, one line each."""
        return describe(self._recording, num_frames=len(self))

    @cached_property
    def camera(self) -> Camera:
        """Camera of the first frame; frames may have different cameras."""
        return self._intrinsics(0).camera(*self._size)

    @cached_property
    def _size(self) -> tuple[int, int]:
        return reference_size(self._recording)

    def _intrinsics(self, index: int) -> Intrinsics:
        return self._recording.intrinsics_of(self._recording.entries[self._positions[index]])

    @property
    def has_depth(self) -> bool:
        """Whether any frame has a depth image."""
        entries = self._recording.entries
        return any(entries[position].depth is not None for position in self._positions)

    @cached_property
    def sparse_points(self) -> PointCloud | None:
        """Points that came with the poses, world frame, or None.

        From a COLMAP model, or from the file named in transforms.json. A subset of a capture has
        the points of the whole capture.

        Raises:
            FormatError: The file is damaged.
        """
        return read_sparse_points(self._recording)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Name of each frame's files, without folder and suffix."""
        return tuple(self._recording.entries[position].name for position in self._positions)

    @cached_property
    def test_names(self) -> tuple[str, ...]:
        """Names of the frames that the publisher of the capture keeps for tests."""
        return tuple(name for name in self.names if name in self._recording.test_frames)

    def subset(self, *, start: int = 0, stop: int | None = None, stride: int = 1) -> Capture:
        """A capture of some of the frames, in the same order, numbered from 0.

        Args:
            start: First frame; negative values count from the end.
            stop: Frame before which to stop, or None for the end.
            stride: Use every n-th frame, 1 or more.
        """
        if stride < 1:
            raise CaptureError("The stride of a capture", expected="1 or more", got=str(stride))
        positions = self._positions[slice(start, stop, stride)]
        if not positions:
            raise CaptureError(
                f"No frame of {self.name} is left",
                expected=f"a slice of {len(self)} frames with at least one frame",
                got=f"start {start}, stop {stop}, stride {stride}",
            )
        return Capture(self._recording, positions=positions)

    def __len__(self) -> int:
        return len(self._positions)

    def __getitem__(self, index: int, /) -> Frame:
        """Decodes one frame; a negative index counts from the end."""
        return decode_frame(
            self._recording.entries[self._positions[index]],
            index=index % len(self),
            intrinsics=self._intrinsics(index),
            recording=self._recording,
            capture_size=self._size,
        )

    def __iter__(self) -> Iterator[Frame]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"Capture({str(self.root)!r}, layout={self.layout!r}, {len(self)} frames)"


def open_capture(
    path: str | Path,
    *,
    layout: str | None = None,
    start: int = 0,
    stop: int | None = None,
    stride: int = 1,
    depth_scale: float | None = None,
) -> Capture:
    """Opens a folder of posed frames, with or without depth.

    Args:
        path: The folder.
        layout: Name of its layout, or None to recognize it; see `Capture.description`.
        start: First frame; negative values count from the end.
        stop: Frame before which to stop, or None for the end.
        stride: Use every n-th frame, 1 or more.
        depth_scale: Stored depth units per meter, or None for the default of the layout.

    Raises:
        CaptureError: The folder is missing, matches no known layout, or is incomplete.
        UnknownNameError: There is no layout of this name.
    """
    recording = read_recording(Path(path), layout=layout, depth_scale=depth_scale)
    if isinstance(recording.intrinsics, CaptureError):
        raise recording.intrinsics
    return Capture(recording).subset(start=start, stop=stop, stride=stride)


def available_layouts() -> dict[str, str]:
    """Description of each layout by name, in the order in which they are tried."""
    return {layout.name: layout.summary for layout in LAYOUTS}


def read_recording(
    folder: Path, *, layout: str | None = None, depth_scale: float | None = None
) -> Recording:
    """Lists the frames of a folder without opening any image."""
    if not folder.is_dir():
        kind, advice = what_file_is(folder)
        raise CaptureError(
            f"{folder} is not a folder",
            expected="the folder of a capture",
            got=kind if folder.exists() else "no such path",
            do=advice if folder.exists() else "Check the spelling of the path.",
        )
    chosen, root, others = _choose_layout(folder, layout)
    recording = chosen.read(root)
    if not recording.entries:
        raise _no_frames(root, chosen)
    reason = "given by the caller" if layout else f"recognized by {chosen.marks}"
    notes = [f"layout: {chosen.name} ({chosen.summary}), {reason}"]
    if root != folder:
        notes.append(f"in the folder {root.relative_to(folder)}/")
    if others:
        notes.append(f"also matches {', '.join(others)}: pass layout=... to choose it")
    recording = replace(recording, notes=(*notes, *recording.notes))
    return near_origin(apply_settings(recording, depth_scale=depth_scale))


def _no_frames(root: Path, layout: Layout) -> CaptureError:
    """The error of a folder with a known layout and no frame; names files that are not read."""
    for folder in sorted(path for path in root.iterdir() if path.is_dir()):
        is_depth = "depth" in folder.name.lower()
        known = DEPTH_SUFFIXES if is_depth else IMAGE_SUFFIXES
        counts = Counter(p.suffix.lower() for p in folder.iterdir() if p.name[0] != ".")
        others = {s: n for s, n in counts.items() if s and s not in (*known, ".txt", ".json")}
        if others and not counts.keys() & set(known) and (is_depth or folder.name in _IMAGES):
            suffix, number = max(others.items(), key=lambda item: item[1])
            return CaptureError(
                f"{folder} holds no images that can be read",
                expected=f"files with the suffix {', '.join(known)}",
                got=f"{number} files {suffix}",
                do=_CONVERT.get(suffix, _CONVERT["depth" if is_depth else "color"]),
            )
    return CaptureError(
        f"{root} contains no frames",
        expected=f"frames of the layout '{layout.name}' ({layout.marks})",
        got=f"no frame with all required files; {_counts(root)}",
        do=f"See {DOCS_PAGE} for the files of each layout.",
    )


def _counts(root: Path) -> str:
    """How many files each folder of a capture holds."""
    folders = sorted(path for path in root.iterdir() if path.is_dir())[:8]
    counts = [f"{path.name}/ holds {sum(1 for _ in path.iterdir())} files" for path in folders]
    return ", ".join(counts) or "no folders"


def _choose_layout(folder: Path, name: str | None) -> tuple[Layout, Path, list[str]]:
    """The layout, the folder with its files, and the names of other layouts that match."""
    if name is not None and name not in available_layouts():
        raise UnknownNameError(
            f"There is no layout '{name}'", expected=f"one of {', '.join(available_layouts())}"
        )
    matches = [
        (layout, root)
        for layout in LAYOUTS
        if name in (None, layout.name) and (root := layout.find(folder)) is not None
    ]
    if matches:
        # The plain layout accepts folders of many names; only its usual one is worth a note.
        is_plain = (folder / "color").is_dir()
        others = [layout.name for layout, _ in matches[1:] if layout.name != "plain" or is_plain]
        return *matches[0], others
    known = [layout for layout in LAYOUTS if name in (None, layout.name)]
    if not any(folder.iterdir()):
        raise CaptureError(
            f"{folder} is empty", expected="the files of a capture", do=_list_layouts(known)
        )
    inside = _captures_inside(folder)
    known_file = what_folder_holds(folder)
    if not inside and known_file is not None:
        raise CaptureError(
            f"{folder} matches no known layout",
            expected=f"the layout of one of {', '.join(layout.name for layout in known)}",
            got=f"{known_file[0]}, which is not read",
            do=known_file[1],
        )
    raise CaptureError(
        f"{folder} matches no known layout",
        expected="; ".join(f"{layout.name} ({layout.marks})" for layout in known),
        got=_list_names(folder),
        do=f"Open one of the captures inside it: {', '.join(inside)}."
        if inside
        else _list_layouts(known),
    )


def _list_layouts(known: list[Layout]) -> str:
    names = ", ".join(layout.name for layout in known)
    return (
        f"Known layouts: {names}. For any other folder use the plain layout "
        f"(color/, depth/, pose/, intrinsics.txt), see {DOCS_PAGE}."
    )


def _list_names(folder: Path, *, limit: int = 8) -> str:
    names = sorted(path.name + "/" * path.is_dir() for path in folder.iterdir())
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more


def _captures_inside(folder: Path, *, limit: int = 20) -> list[str]:
    """Names of subfolders that are captures; users often pass the folder one level above."""
    folders = sorted(path for path in folder.iterdir() if path.is_dir())[:limit]
    return [p.name for p in folders if any(layout.find(p) for layout in LAYOUTS)]


def describe(recording: Recording, *, num_frames: int) -> list[str]:
    """What was recognized, read and assumed, one line each."""
    total = len(recording.entries)
    part = "" if num_frames == total else f" of {total}"
    depth, pose = recording.depth, recording.pose
    lines = [*recording.notes, f"frames: {num_frames}{part}"]
    if any(entry.depth is not None for entry in recording.entries):
        bits = ", bits rotated by 3" if depth.rotated else ""
        lines.append(f"depth: {depth.scale:g} stored units per meter{bits}")
    else:
        lines.append("depth: none")
    intrinsics = recording.entries[0].intrinsics or recording.intrinsics
    if isinstance(intrinsics, Intrinsics):
        is_integer = intrinsics.pixel_center == "integer"
        shift = "0.5 added to cx and cy" if is_integer else "nothing added"
        K = intrinsics.K
        fx, fy, cx, cy = K[0, 0], K[1, 1], K[0, 2], K[1, 2]
        lines.append(
            f"intrinsics: fx {fx:g}, fy {fy:g}, cx {cx:g}, cy {cy:g} px as stored; pixel centers "
            f"at {'integers' if is_integer else 'half-integers'}, {shift}"
        )
        lines += _describe_lens(intrinsics)
    if any(entry.pose is not None for entry in recording.entries):
        unit = "" if pose.scale == 1 else f", {pose.scale:g} units per meter"
        lines.append(f"poses: {pose.direction} as stored, {pose.axes} camera axes{unit}")
    else:
        lines.append("poses: none")
    if recording.test_frames:
        lines.append(f"test frames of the publisher: {len(recording.test_frames)}")
    if recording.points is not None:
        lines.append(f"sparse points: {recording.points.relative_to(recording.root)}")
    return [*lines, *(str(problem) for problem in recording.problems)]


def _describe_lens(intrinsics: Intrinsics) -> list[str]:
    if not intrinsics.is_distorted:
        return []
    names = LENS_MODELS[intrinsics.model].coefficients
    values = ", ".join(f"{n} {v:g}" for n, v in zip(names, intrinsics.coefficients, strict=True))
    line = f"lens: {intrinsics.model}{' with ' * bool(values)}{values}, undistorted on reading"
    if intrinsics.size is not None:
        camera = intrinsics.camera(*intrinsics.size)
        line += f" to a pinhole with fx {camera.fx:g}, fy {camera.fy:g}"
    return [line]
