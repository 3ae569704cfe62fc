"""Problems that another interpretation of a capture explains, with their fixes."""

from __future__ import annotations

from scenewright.data.checking.readings import DepthReading, Reading
from scenewright.data.encodings import Intrinsics
from scenewright.data.pose_encodings import LEFT_HANDED
from scenewright.data.problems import Problem, Severity
from scenewright.data.recording import Recording

_WRONG = 0.2
"""Share of matching points below which the result is certain to be wrong."""
_SMALL = 0.08
"""Difference of a length or a focal length from which on it is an error."""
_USUAL_SCALES = (100.0, 256.0, 4000.0, 5000.0, 6553.5, 10000.0)
"""Stored units per meter of data sets whose depth is not in millimeters."""
_USUAL_POSE_SCALES = (100.0, 1000.0)
"""Units per meter of poses that are not in meters."""
_NEAR_USUAL = 0.02
_WHERE = "into capture.json in the capture folder"
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
        problems.append(
            Problem(
                "error",
                "pose-direction",
                f"The poses are the inverse of how they are interpreted ({pose.direction})",
                f"{expected} if the poses are interpreted as {other.direction}",
                got,
                f'Put {{"pose": "{other.direction}"}} {_WHERE}, or invert the matrices.',
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
    return problems


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
