"""Poses of objects, as SceneGen stores and predicts them.

The frames:

- *Mesh*: y up, in meters, with the origin at the center of the bounding box.
- *Cube*: z up, [-0.5, 0.5]^3; the mesh turned upright and divided by its longest extent.
- *Camera*: x right, y up, looking along -z, in meters. Tables hold the pose of the mesh in it:
  translation, x-y-z Euler angles in degrees about the fixed axes, and the longest extent as scale.
- *Query*: the mesh frame of one object, in units of its longest extent. Networks predict the poses
  of the others in it: (tx, ty, tz, qw, qx, qy, qz, s).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError, ShapeError
from scenewright.geometry.quaternions import quaternion_from_rotation, rotation_from_quaternion

YUP_FROM_ZUP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
"""Rotation by -90 degrees about x: (x, y, z) to (x, z, -y)."""
GL_FROM_CV = np.diag([1.0, -1.0, -1.0])
"""From a camera with y down and z forward to one with y up that looks along -z."""
_GIMBAL = 1e-7


def rotation_from_euler(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3, 3) rotation from (3,) angles: first about x, then about the fixed y and z axes."""
    (cx, cy, cz), (sx, sy, sz) = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return np.array(
        [
            [cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx],
            [sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx],
            [-sy, cy * sx, cy * cx],
        ]
    )


def euler_from_rotation(rotation: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3,) angles in degrees of a (3, 3) rotation, as `rotation_from_euler` takes them.

    Where the y axis is turned by 90 degrees, only a sum of the other two is defined; z is 0 then.
    """
    r = rotation
    cos_y = np.hypot(r[0, 0], r[1, 0])
    y = np.arctan2(-r[2, 0], cos_y)
    if cos_y > _GIMBAL:
        x, z = np.arctan2(r[2, 1], r[2, 2]), np.arctan2(r[1, 0], r[0, 0])
    else:
        x, z = np.arctan2(-r[1, 2], r[1, 1]), 0.0
    return np.rad2deg([x, y, z])


def relative_poses(
    translations: NDArray[np.float64],
    rotations: NDArray[np.float64],
    scales: NDArray[np.float64],
    *,
    query: int = 0,
) -> NDArray[np.float64]:
    """Poses relative to one object, in units of its scale.

    Args:
        translations: (N, 3) camera frame.
        rotations: (N, 3) Euler angles in degrees.
        scales: (N,) longest extents, above 0.
        query: Row of the object whose frame is used.

    Returns:
        (N, 8) float64 (tx, ty, tz, qw, qx, qy, qz, s): translation ``R_q^T (t - t_q) / s_q``,
        quaternion of ``R_q^T R`` with qw of 0 or more, scale ``s / s_q``.

    Raises:
        ShapeError: The arrays do not fit together.
        ConventionError: A scale is not above 0, or there is no such row.
    """
    n = len(scales)
    if translations.shape != (n, 3) or rotations.shape != (n, 3):
        raise ShapeError(
            "Poses",
            expected=f"({n}, 3) translations and rotations for {n} scales",
            got=f"{translations.shape} and {rotations.shape}",
        )
    if not 0 <= query < n:
        raise ConventionError("query", expected=f"0 to {n - 1}", got=str(query))
    if not (np.isfinite(scales).all() and (scales > 0).all()):
        raise ConventionError("Scales of objects", expected="above 0", got=f"{scales.min():g}")
    turn = rotation_from_euler(rotations[query]).T
    poses = np.empty((n, 8))
    poses[:, :3] = (translations - translations[query]) @ turn.T / scales[query]
    for row in range(n):
        quat = quaternion_from_rotation(turn @ rotation_from_euler(rotations[row]))
        poses[row, 3:7] = quat if quat[0] >= 0 else -quat
    poses[:, 7] = scales / scales[query]
    poses[query] = (0, 0, 0, 1, 0, 0, 0, 1)
    return poses


def placed_voxels(
    voxels: NDArray[np.integer], pose: NDArray[np.float64], *, resolution: int = 64
) -> NDArray[np.float64]:
    """(V, 3) centers of the voxels of an object in the query frame: ``R R_x(-90) s (p - 0.5) + t``.

    Args:
        voxels: (V, 3) coordinates in the cube of the object.
        pose: (8,) as `relative_poses` returns it; the quaternion may have any length.
        resolution: Voxels along each edge of the cube.

    Raises:
        ConventionError: The quaternion is zero.
    """
    length = float(np.linalg.norm(pose[3:7]))
    if not length > 0:
        raise ConventionError("Pose", expected="a quaternion that is not zero", got="zero")
    rotation = rotation_from_quaternion(pose[None, 3:7] / length)[0]
    centers = (voxels + 0.5) / resolution - 0.5
    placed: NDArray[np.float64] = pose[7] * centers @ (rotation @ YUP_FROM_ZUP).T + pose[:3]
    return placed
