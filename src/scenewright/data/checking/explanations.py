"""Problems that another interpretation of a capture explains, with their fixes."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from scenewright.data.checking.readings import DepthReading, Reading
from scenewright.data.encodings import Intrinsics
from scenewright.data.layouts.base import first_size
from scenewright.data.pose_encodings import LEFT_HANDED, PoseDirection, PoseEncoding
from scenewright.data.problems import Problem, Severity
from scenewright.data.recording import Recording

_WRONG = 0.35
"""Share of matching points below which the result is certain to be wrong."""
_SMALL = 0.08
"""Difference of a length or a focal length from which on it is an error."""
REVERSED = 1 << 30
"""Stands for poses in the opposite order of the images."""
_USUAL_SCALES = (100.0, 256.0, 4000.0, 5000.0, 6553.5, 10000.0)
"""Stored units per meter of data sets whose depth is not in millimeters."""
_USUAL_POSE_SCALES = (100.0, 1000.0)
"""Units per meter of poses that are not in meters."""
_NEAR_USUAL = 0.02
_WHERE = "into capture.json in the capture folder"
_DIRECTION_TEXTS: dict[PoseDirection, tuple[str, str]] = {
    "inverse_rotation": (
        "The rotations are those from the world to the camera, while the translations are the "
        "positions of the camera",
        "transpose the rotations",
    ),
    "inverse_position": (
        "The translations are those from the world to the camera, while the rotations are those "
        "of the camera in the world",
        "write the positions of the camera, -R t",
    ),
}
_DEPTH_TEXTS: dict[DepthReading, tuple[str, str, str]] = {
    "ray": (
        "Depth is the distance along the ray of each pixel, not along the optical axis",
        "if it is",
        f'Put {{"depth": "ray"}} {_WHERE}.',
    ),
    "rotated": (
        "The bits of the depth values are rotated by three, as in SUN3D and SUN RGB-D",
        "if they are rotated back",
        f'Put {{"depth": "rotated"}} {_WHERE}.',
    ),
    "swapped": (
        "The two bytes of the depth values are swapped",
        "if they are swapped back",
        "Export depth again, or convert the files: in numpy values.byteswap().",
    ),
    "disparity": (
        "The depth images hold disparity or inverse depth, not depth",
        "if they are inverted",
        "Convert them: depth = baseline * focal length / disparity. Export 16-bit PNG in "
        "millimeters.",
    ),
}


def explain(
    recording: Recording, reading: Reading, *, present: float, better: float
) -> list[Problem]:
    """The problems that a better interpretation implies.

    Args:
        recording: The capture.
        reading: The interpretation.
        present: Share of points that match as the capture is interpreted.
        better: The same for the other interpretation.
    """
    got = f"{present:.0%} of the points match with the current interpretation"
    expected = f"points of one frame to match the depth of the next; {better:.0%} do"
    pose, other = recording.pose, reading.pose
    problems = []
    if other.direction != pose.direction:
        what, by_hand = _DIRECTION_TEXTS.get(
            other.direction,
            (
                f"The poses are the inverse of how they are interpreted ({pose.direction})",
                "invert the matrices",
            ),
        )
        problems.append(
            Problem(
                "error",
                "pose-direction",
                what,
                f"{expected} if the poses are interpreted as {other.direction}",
                got,
                f'Put {{"pose": "{other.direction}"}} {_WHERE}, or {by_hand}.',
            )
        )
    if other.axes != pose.axes:
        is_flip = {other.axes, pose.axes} == {"opencv", "opengl"}
        by_hand = ", or negate the second and third column of the matrices" if is_flip else ""
        if other.axes in LEFT_HANDED and pose.axes not in LEFT_HANDED:
            # Both are the same to depth and poses.
            by_hand = " if the poses are those of such a world; if the images are upside down or "
            by_hand += "mirrored, flip color and depth instead"
        problems.append(
            Problem(
                "error",
                "pose-axes",
                f"The camera axes are not as they are interpreted ({pose.axes})",
                f"{expected} if the axes are those of {other.axes}",
                got,
                f'Put {{"axes": "{other.axes}"}} {_WHERE}{by_hand}.',
            )
        )
    if other.roll != pose.roll:
        turned = (other.roll - pose.roll) % 360
        problems.append(
            Problem(
                "error",
                "pose-roll",
                f"The images are turned clockwise by {turned} degrees against the camera of the "
                "poses",
                f"{expected} if the cameras are turned with them",
                got,
                f'Put {{"roll": {other.roll}}} {_WHERE}, or turn color, depth and K back.',
            )
        )
    if other.body_from_cam != pose.body_from_cam:
        problems.append(_other_body(other, expected=expected, got=got))
    if other.quaternion != pose.quaternion:
        problems.append(
            Problem(
                "error",
                "pose-quaternion",
                f"The numbers of the quaternions are not in the order {' '.join(pose.quaternion)}",
                f"{expected} if the order is {' '.join(other.quaternion)}",
                got,
                f'Put {{"quaternion": "{other.quaternion}"}} {_WHERE}, or reorder the columns.',
            )
        )
    if reading.depth != "stored":
        what, condition, do = _DEPTH_TEXTS[reading.depth]
        problems.append(
            Problem("error", f"depth-{reading.depth}", what, f"{expected} {condition}", got, do)
        )
    elif reading.factor != 1:
        problems.append(_other_unit(recording, reading.factor, expected=expected, got=got))
    if reading.focal != 1:
        problems.append(_other_focal(recording, reading.focal, expected=expected, got=got))
    if any(reading.center):
        problems.append(_other_center(recording, reading.center, expected=expected, got=got))
    return problems


def _other_body(other: PoseEncoding, *, expected: str, got: str) -> Problem:
    matrix = np.reshape(other.body_from_cam, (4, 4))
    rows = ", ".join(
        "[" + ", ".join(f"{value:.5f}" for value in row) + "]" for row in matrix[:3].tolist()
    )
    turn = np.rad2deg(Rotation.from_matrix(matrix[:3, :3]).magnitude())
    return Problem(
        "error",
        "pose-offset",
        "The poses are those of another body than the camera, such as a robot or the markers of "
        f"motion capture; the camera is {np.linalg.norm(matrix[:3, 3]):.2f} m away from it and "
        f"turned by {turn:.0f} degrees",
        f"{expected} with a constant transform between the two",
        got,
        "Multiply the poses by the calibrated camera pose in that body. If there is no "
        f'calibration, put {{"body_from_cam": [{rows}]}} {_WHERE}, an estimate from the depth.',
    )


def _severity(factor: float) -> Severity:
    """A small factor reduces the quality, and may be an error of the sensor."""
    return "warning" if abs(factor - 1) < _SMALL else "error"


def _other_unit(recording: Recording, factor: float, *, expected: str, got: str) -> Problem:
    scale = recording.depth.scale * factor
    of_poses = f'{{"pose_scale": {recording.pose.scale / factor:.4g}}}'
    of_depth = f'{{"depth_scale": {scale:g}}}'
    is_usual = _is_near(scale, _USUAL_SCALES) and not _is_near(
        recording.pose.scale / factor, _USUAL_POSE_SCALES
    )
    do = (
        f"If the poses are correct, put {of_depth} {_WHERE}, a usual scale of depth images; if "
        f"depth is correct, {of_poses}."
        if is_usual
        else f"If depth is correct, put {of_poses} {_WHERE}; if the poses are correct, {of_depth}."
    )
    return Problem(
        _severity(factor),
        "pose-scale",
        "Depth and poses are in different units",
        f"{expected} if the translations are multiplied by {factor:.3g}",
        got,
        do,
    )


def _is_near(value: float, usual: tuple[float, ...]) -> bool:
    return any(abs(value / one - 1) < _NEAR_USUAL for one in usual)


def _other_focal(recording: Recording, focal: float, *, expected: str, got: str) -> Problem:
    known = recording.entries[0].intrinsics or recording.intrinsics
    assert isinstance(known, Intrinsics)
    fx, fy = float(known.K[0, 0]), float(known.K[1, 1])
    size = "" if known.size is None else f" for {known.size[0]} x {known.size[1]} pixels"
    numbers = [fx * focal, fy * focal, float(known.K[0, 2]), float(known.K[1, 2])]
    values = ", ".join(f"{value:.4g}" for value in numbers)
    return Problem(
        _severity(focal),
        "intrinsics-focal",
        f"The focal lengths do not fit the depth and the poses: fx {fx:.4g}, fy {fy:.4g}{size}",
        f"{expected} with focal lengths {abs(focal - 1):.0%} {'longer' if focal > 1 else 'shorter'}"
        f", about fx {fx * focal:.4g}, fy {fy * focal:.4g}",
        got,
        "Use the calibration of the camera that made these images. If there is none, put "
        f'{{"intrinsics": [{values}]}} {_WHERE}.',
    )


def other_frames(shift: int, *, present: float, better: float) -> Problem:
    """The problem of poses that belong to other frames.

    Args:
        shift: Number of frames by which the poses come too late; negative if they come too early;
            `REVERSED` if they are in the opposite order.
        present: Share of points that match.
        better: The same if the poses are moved.
    """
    if shift == REVERSED:
        return Problem(
            "error",
            "pose-shift",
            "The poses are in the opposite order of the images",
            f"points of one frame to match the depth of the next; {better:.0%} do if the first "
            "pose is that of the last image",
            f"{present:.0%} of the points match with the poses as they are",
            "Sort images and poses in the same order.",
        )
    number, when = abs(shift), "earlier" if shift > 0 else "later"
    frames = "frame" if number == 1 else "frames"
    return Problem(
        "error",
        "pose-shift",
        f"The poses belong to other images: each fits the image {number} {frames} {when}",
        f"points of one frame to match the depth of the next; {better:.0%} do with the poses moved",
        f"{present:.0%} of the points match with the poses as they are",
        f"Export images and poses again, or number the poses anew, {number} "
        + ("lower" if shift > 0 else "higher")
        + "; with timestamps, correct the offset between the two clocks.",
    )


def _other_center(
    recording: Recording, center: tuple[float, float], *, expected: str, got: str
) -> Problem:
    known = recording.entries[0].intrinsics or recording.intrinsics
    assert isinstance(known, Intrinsics)
    size = known.size or first_size(entry.depth for entry in recording.entries)
    assert size is not None  # depth was compared
    cx, cy = float(known.K[0, 2]), float(known.K[1, 2])
    moved = cx + center[0] * size[0], cy + center[1] * size[1]
    numbers = [float(known.K[0, 0]), float(known.K[1, 1]), *moved]
    values = ", ".join(f"{value:.4g}" for value in numbers)
    return Problem(
        "error",
        "intrinsics-center",
        f"The principal point does not fit the depth and the poses: cx {cx:.4g}, cy {cy:.4g}",
        f"{expected} with about cx {moved[0]:.4g}, cy {moved[1]:.4g}",
        got,
        "If the images were cropped, subtract from cx and cy what was cut off at the left and at "
        "the top. Otherwise use the calibration of the camera that made these images, or put "
        f'{{"intrinsics": [{values}]}} {_WHERE}.',
    )


def poor_fit(present: float) -> Problem:
    """The problem of poses that contradict the depth for an unknown reason.

    Args:
        present: Share of points that match.
    """
    return Problem(
        "error" if present < _WRONG else "warning",
        "pose-fit",
        "The poses do not fit the depth, and no known mistake explains it",
        "50% or more of the points of one frame to match the depth of the next",
        f"{present:.0%}",
        "Check that images, depth and poses are in the same order, and check the intrinsics.",
    )
