"""Decodes the files of one frame to a `Frame`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.core import CaptureError, Frame
from scenewright.data.encodings import Intrinsics
from scenewright.data.file_readers import (
    image_size,
    read_alpha,
    read_channel,
    read_image,
    read_matrix,
    read_stored_depth,
)
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
    """Reads the images and the pose of one frame.

    Color is resized to the depth image, and both are undistorted.

    Args:
        entry: The files of the frame.
        index: Index of the frame in its capture.
        intrinsics: Intrinsics of the frame.
        recording: How depth and poses are stored.
        capture_size: (width, height) that intrinsics without a size refer to.

    Raises:
        CaptureError: A file is missing or damaged, or the size of the images does not fit.
    """
    depth = None if entry.depth is None else _read_distorted_depth(entry, recording)
    size = None if depth is None else (depth.shape[1], depth.shape[0])
    image = None if entry.image is None else read_image(entry.image, size=size)
    if size is None:
        size = capture_size if image is None else (image.shape[1], image.shape[0])
    alpha = None if entry.image is None else read_alpha(entry.image, mask=entry.mask, size=size)
    if intrinsics.size is None and size != capture_size:
        raise CaptureError(
            f"{entry.depth or entry.image} has a different size than the first frame",
            expected=f"{capture_size[0]} x {capture_size[1]} pixels",
            got=f"{size[0]} x {size[1]}",
            do="Put frames of different sizes into separate captures.",
        )
    source = None
    if not intrinsics.is_distorted:
        camera = intrinsics.camera(*size)
    else:
        camera, source = recording.undistortion.pinhole_and_map(intrinsics.lens(*size))
        assert source is not None
        image = None if image is None else resample_image(image, source)
        depth = None if depth is None else resample_nearest(depth, source)
        alpha = None if alpha is None else resample_nearest(alpha, source)
    if depth is not None:
        depth = recording.depth.along_axis(depth, camera)
    return Frame(
        index=index,
        camera=camera,
        world_from_cam=read_pose(entry, recording),
        image=image,
        depth=depth,
        time=entry.time,
        name=entry.name,
        stored_pixels=source,
        alpha=alpha,
    )


def read_depth(entry: FrameEntry, recording: Recording) -> NDArray[np.float32]:
    """(H, W) float32 meters as in the decoded frame: 0 = no reading, undistorted."""
    depth = _read_distorted_depth(entry, recording)
    intrinsics = entry.intrinsics or recording.intrinsics
    if not isinstance(intrinsics, Intrinsics):
        return depth
    height, width = depth.shape
    if intrinsics.is_distorted:
        _, source = recording.undistortion.pinhole_and_map(intrinsics.lens(width, height))
        assert source is not None
        depth = resample_nearest(depth, source)
    return recording.depth.along_axis(depth, intrinsics.camera(width, height))


def _read_distorted_depth(entry: FrameEntry, recording: Recording) -> NDArray[np.float32]:
    """(H, W) float32 meters, 0 = no reading or lowest confidence."""
    assert entry.depth is not None
    depth = recording.depth.meters(read_stored_depth(entry.depth))
    if entry.confidence is not None:
        confidence = read_channel(entry.confidence)
        if confidence.shape == depth.shape:
            depth[confidence == 0] = 0
    return depth


def read_stored_pose(entry: FrameEntry) -> NDArray[np.float64] | None:
    """(4, 4) float64 matrix as stored, or None if the frame has none.

    Raises:
        CaptureError: Its file does not hold a matrix.
    """
    if entry.pose is None or isinstance(entry.pose, np.ndarray):
        return entry.pose
    matrix = read_matrix(entry.pose, shapes=((4, 4), (3, 4)))
    return np.vstack([matrix, (0.0, 0.0, 0.0, 1.0)]) if len(matrix) == 3 else matrix


def read_pose(entry: FrameEntry, recording: Recording) -> NDArray[np.float64] | None:
    """(4, 4) float64 `world_from_cam`, meters, or None if it is missing, unreadable or no pose.

    `check_capture` says which frames have none, and why.
    """
    try:
        stored = read_stored_pose(entry)
    except CaptureError:
        return None
    return None if stored is None else recording.pose.world_from_cam(stored)


def entry_size(entry: FrameEntry) -> tuple[int, int]:
    """(width, height) of the decoded images of a frame, from a file header."""
    path = entry.depth or entry.image
    assert path is not None
    return image_size(path)


def reference_size(recording: Recording) -> tuple[int, int]:
    """(width, height) of the first frame whose header can be read.

    Raises:
        CaptureError: No header can be read.
    """
    failure: CaptureError | None = None
    for entry in recording.entries:
        try:
            return entry_size(entry)
        except CaptureError as error:
            failure = failure or error
    assert failure is not None
    raise failure
