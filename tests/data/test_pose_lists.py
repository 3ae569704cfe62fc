"""Files with the poses of all frames."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from scenewright.core import CaptureError
from scenewright.data.pose_lists import (
    assign_poses,
    find_pose_list,
    poses_from_quaternions,
    read_pose_list,
)
from tests.data.capture_builders import Room, quaternions

NAMES = [f"{i:06d}" for i in range(8)]


def test_poses_from_quaternions_and_invalid_rows() -> None:
    rotations = Rotation.from_rotvec([(0.1, 0.2, 0.3), (1.0, 0.0, -1.0)])
    quaternions = np.concatenate([3.0 * rotations.as_quat(), np.zeros((1, 4))])
    positions = np.arange(9.0).reshape(3, 3)
    poses = poses_from_quaternions(positions, quaternions)
    np.testing.assert_allclose(poses[:2, :3, :3], rotations.as_matrix(), atol=1e-12)
    np.testing.assert_allclose(poses[:2, :3, 3], positions[:2])
    assert np.isnan(poses[2]).all()


def rows_of(room: Room, width: int) -> NDArray[np.float64]:
    """(N, width) rows as programs write them."""
    index = np.arange(len(room), dtype=np.float64)[:, None]
    matrices, vectors = room.poses.reshape(-1, 16), room.poses[:, :3, 3]
    return {
        7: np.hstack([vectors, quaternions(room)]),
        8: np.hstack([index, vectors, quaternions(room)]),
        9: np.hstack([index, vectors, quaternions(room), index + 1]),
        12: matrices[:, :12],
        13: np.hstack([index, matrices[:, :12]]),
        16: matrices,
        17: np.hstack([index, matrices]),
    }[width]


def write_rows(path: Path, rows: NDArray[np.float64], *, separator: str = " ") -> Path:
    lines = [separator.join(map(repr, row)) for row in rows.tolist()]
    path.write_text("\n".join(lines))
    return path


@pytest.mark.parametrize("width", [7, 8, 9, 12, 13, 16, 17])
@pytest.mark.parametrize("separator", [" ", ", ", "\t"])
def test_rows_of_every_width(width: int, separator: str, room: Room, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "poses.txt", rows_of(room, width), separator=separator)
    poses = read_pose_list(path)
    found, _ = assign_poses(poses, NAMES, path=path)
    assert poses.has_quaternions == (width < 10)
    for i, name in enumerate(NAMES):
        np.testing.assert_allclose(found[name], room.poses[i], atol=1e-9)


def test_comments_headers_marks_and_line_ends_of_other_systems(room: Room, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "poses.csv", rows_of(room, 8), separator=",")
    text = "\ufefftime,tx,ty,tz,qx,qy,qz,qw\r\n # by my recorder\r\n"
    path.write_bytes((text + path.read_text().replace("\n", "\r\n") + "\r\n").encode())
    assert len(read_pose_list(path)) == len(room)


@pytest.mark.parametrize("rows", [3, 4])
def test_matrices_over_several_lines(rows: int, room: Room, tmp_path: Path) -> None:
    path = tmp_path / "traj.txt"
    write_rows(path, room.poses[:, :rows].reshape(-1, 4))
    np.testing.assert_allclose(read_pose_list(path).matrices, room.poses, atol=1e-12)


@pytest.mark.parametrize("first", [0, 1])
def test_logs_belong_to_pictures_that_count_from_zero_or_one(
    first: int, room: Room, tmp_path: Path
) -> None:
    path = tmp_path / "trajectory.log"
    blocks = [
        f"{i} {i} {i + 1}\n" + "\n".join(" ".join(map(repr, r)) for r in pose.tolist())
        for i, pose in enumerate(room.poses)
    ]
    path.write_text("\n".join(blocks))
    names = [f"{i + first:05d}" for i in range(len(room))]
    found, _ = assign_poses(read_pose_list(path), names, path=path)
    assert len(found) == len(room)
    for i, name in enumerate(names):
        np.testing.assert_array_equal(found[name], room.poses[i])


def test_a_thinned_capture_takes_the_poses_of_its_numbers(room: Room, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "poses.txt", rows_of(room, 16))
    found, how = assign_poses(read_pose_list(path), ["frame1", "frame4"], path=path)
    assert how == "pose n is that of frame n"
    np.testing.assert_array_equal(found["frame4"], room.poses[4])


def test_times_in_the_names_are_matched(room: Room, tmp_path: Path) -> None:
    rows = rows_of(room, 8)
    rows[:, 0] = 1630000000 + np.arange(len(room)) / 3
    path = write_rows(tmp_path / "poses.txt", rows[::-1])
    names = [f"{time:.6f}" for time in rows[:, 0]]
    found, how = assign_poses(read_pose_list(path), names, path=path)
    assert how == "matched by the times or numbers in it"
    np.testing.assert_allclose(found[names[2]], room.poses[2], atol=1e-9)


def test_another_number_of_poses_is_refused(room: Room, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "poses.txt", rows_of(room, 16)[:5])
    with pytest.raises(CaptureError) as caught:
        assign_poses(read_pose_list(path), NAMES, path=path)
    assert str(caught.value) == (
        f"{path} has a different number of poses than there are frames: expected 8, or times or "
        "numbers that are in the names of the frames, got 5. Export the trajectory again with the "
        "images, one pose per frame."
    )


@pytest.mark.parametrize(
    ("text", "got"), [("", "no numbers"), ("1 2 3\n1 2", "2, 3 numbers"), ("1 2 3 4 5", "5 num")]
)
def test_other_tables_are_no_poses(text: str, got: str, tmp_path: Path) -> None:
    (tmp_path / "poses.txt").write_text(text)
    with pytest.raises(CaptureError, match=f"is not a list of poses: .*got .*{got}"):
        read_pose_list(tmp_path / "poses.txt")


def test_the_file_is_found_by_its_name(tmp_path: Path) -> None:
    assert find_pose_list(tmp_path) is None
    (tmp_path / "scene").mkdir()
    (tmp_path / "scene" / "trajectory.log").write_text("")
    assert find_pose_list(tmp_path) == tmp_path / "scene" / "trajectory.log"


def test_the_ground_truth_of_euroc(room: Room, tmp_path: Path) -> None:
    header = (
        "#timestamp, p_RS_R_x [m], p_RS_R_y [m], p_RS_R_z [m], q_RS_w [], q_RS_x [], q_RS_y [], "
        "q_RS_z [], v_RS_R_x [m s^-1], v_RS_R_y [m s^-1], v_RS_R_z [m s^-1], b_w_RS_S_x [], "
        "b_w_RS_S_y [], b_w_RS_S_z [], b_a_RS_S_x [], b_a_RS_S_y [], b_a_RS_S_z []"
    )
    lines = [header]
    for i, pose in enumerate(room.poses):
        x, y, z, w = Rotation.from_matrix(pose[:3, :3]).as_quat()
        numbers = [*pose[:3, 3], w, x, y, z, *[0.5] * 9]
        time = 1_403_636_580_838_555_648 + i * 50_000_000
        lines.append(",".join([str(time), *map(repr, map(float, numbers))]))
    path = tmp_path / "data.csv"
    path.write_text("\n".join(lines))
    found = read_pose_list(path)
    assert found.has_quaternions
    np.testing.assert_allclose(found.matrices, room.poses, atol=1e-9)
    assert found.keys[1, 0] - found.keys[0, 0] == pytest.approx(0.05, abs=1e-6)
    (tmp_path / "short.txt").write_text(
        "time x y z qw qx qy qz\n" + "\n".join(" ".join(line.split(",")[:8]) for line in lines[1:])
    )
    np.testing.assert_allclose(
        read_pose_list(tmp_path / "short.txt").matrices, room.poses, atol=1e-9
    )
