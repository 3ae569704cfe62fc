"""From the files of one frame to a `Frame`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.core import CaptureError, Frame
from scenewright.data.encodings import Intrinsics
from scenewright.data.file_readers import image_size, read_image, read_matrix, read_stored_depth
from scenewright.data.recording import FrameEntry, Recording
from scenewright.geometry.distortion import resample_image, resample_nearest


def decode_frame(
    entry: FrameEntry,
    *,
    index: int,
    intrinsics: Intrinsics,
    recording: Recording,
    capture_size: tuple[int, int],
) -> Frame:
    """Reads the pictures and the pose of one frame.

    Colour is brought to the size of the depth, and the bending of the lens is taken out of both.

    Args:
        entry: Where the frame lies.
        index: Position of the frame in its capture.
        intrinsics: Those that hold for this frame.
        recording: How depth and poses are stored.
        capture_size: (width, height) that intrinsics without a size of their own refer to.
    """
    depth = None if entry.depth is None else _read_distorted_depth(entry, recording)
    size = None if depth is None else (depth.shape[1], depth.shape[0])
    image = None if entry.image is None else read_image(entry.image, size=size)
    if size is None:
        size = capture_size if image is None else (image.shape[1], image.shape[0])
    if intrinsics.size is None and size != capture_size:
        raise CaptureError(
            f"{entry.depth or entry.image} has another size than the first frame",
            expected=f"{capture_size[0]} x {capture_size[1]} pixels",
            got=f"{size[0]} x {size[1]}",
            do="Keep frames of different sizes in captures of their own.",
        )
    if not intrinsics.is_distorted:
        camera = intrinsics.camera(*size)
    else:
        camera, source = recording.undistortion.view(intrinsics.lens(*size))
        assert source is not None
        image = None if image is None else resample_image(image, source)
        depth = None if depth is None else resample_nearest(depth, source)
    return Frame(
        index=index,
        camera=camera,
        world_from_cam=read_pose(entry, recording),
        image=image,
        depth=depth,
        time=entry.time,
        name=entry.name,
    )


def read_depth(entry: FrameEntry, recording: Recording) -> NDArray[np.float32]:
    """(H, W) float32 metres as in the frame: 0 = no reading, the lens's bending taken out."""
    depth = _read_distorted_depth(entry, recording)
    intrinsics = entry.intrinsics or recording.intrinsics
    if isinstance(intrinsics, Intrinsics) and intrinsics.is_distorted:
        _, source = recording.undistortion.view(intrinsics.lens(depth.shape[1], depth.shape[0]))
        assert source is not None
        return resample_nearest(depth, source)
    return depth


def _read_distorted_depth(entry: FrameEntry, recording: Recording) -> NDArray[np.float32]:
    """(H, W) float32 metres, 0 = no reading, also where the sensor trusted it least."""
    assert entry.depth is not None
    depth = recording.depth.meters(read_stored_depth(entry.depth))
    if entry.confidence is not None:
        confidence = read_stored_depth(entry.confidence)
        if confidence.shape == depth.shape:
            depth[confidence == 0] = 0
    return depth


def read_stored_pose(entry: FrameEntry) -> NDArray[np.float64] | None:
    """(4, 4) float64 matrix as it is stored, or None if the frame has none."""
    if entry.pose is None or isinstance(entry.pose, np.ndarray):
        return entry.pose
    return read_matrix(entry.pose, shapes=((4, 4),))


def read_pose(entry: FrameEntry, recording: Recording) -> NDArray[np.float64] | None:
    """(4, 4) float64 `world_from_cam`, metres, or None if it is missing or no rigid motion."""
    stored = read_stored_pose(entry)
    return None if stored is None else recording.pose.world_from_cam(stored)


def entry_size(entry: FrameEntry) -> tuple[int, int]:
    """(width, height) of a frame's decoded pictures, from a header."""
    path = entry.depth or entry.image
    assert path is not None
    return image_size(path)


def reference_size(recording: Recording) -> tuple[int, int]:
    """(width, height) of the capture: that of the first frame whose header can be read."""
    failure: CaptureError | None = None
    for entry in recording.entries:
        try:
            return entry_size(entry)
        except CaptureError as error:
            failure = failure or error
    assert failure is not None
    raise failure
