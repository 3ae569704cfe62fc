"""Masks lifted to shells of voxels, against brute force."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Frame, MaskSet
from scenewright.fusion import OnlineAnySegConfig
from scenewright.fusion.mask_shells import frame_shells, mask_shell
from scenewright.geometry.surface_volume import SurfaceVolume
from tests.builders import known
from tests.fusion.fusion_builders import APART, arc, film, pose_at

SIZE = 0.025
CONFIG = OnlineAnySegConfig()


def make_volume(*frames: Frame, max_depth: float = 5.0) -> SurfaceVolume:
    volume = SurfaceVolume(
        voxel_size=SIZE, truncation=4 * SIZE, max_depth=max_depth, isolation=0.05
    )
    for frame in frames:
        assert frame.depth is not None and frame.image is not None
        assert frame.world_from_cam is not None
        volume.integrate(
            frame.depth, frame.image, camera=frame.camera, world_from_cam=frame.world_from_cam
        )
    return volume


def all_voxels(volume: SurfaceVolume) -> NDArray[np.int64]:
    """Coordinates of every voxel of the map, in the order of addresses."""
    return volume.voxel_coordinates(np.arange(volume.num_blocks * 512))


def sheet(width: float, x: float, y: float = -0.6, *, spacing: float = SIZE) -> NDArray[np.float64]:
    """Points of a square on the floor with a corner at (x, y), one in each voxel."""
    side = np.arange(0.0, width, spacing) + 0.007
    u, v = np.meshgrid(x + side, y + side)
    return np.stack([u.ravel(), v.ravel(), np.full(u.size, 0.011)], axis=1)


def slow_shell(points: NDArray[np.float64], volume: SurfaceVolume) -> NDArray[np.int64]:
    corners = all_voxels(volume) * SIZE
    near = [
        np.flatnonzero(np.linalg.norm(corners - point, axis=1) <= CONFIG.ball_radius)
        for point in points
    ]
    return np.unique(np.concatenate(near))


def test_a_shell_is_every_voxel_within_reach_of_a_point() -> None:
    volume = make_volume(film(APART, pose_at(0.0))[0])
    points = sheet(0.3, -0.05)
    shell = mask_shell(points, volume, replace(CONFIG, outlier_deviations=50.0))
    assert np.array_equal(shell, slow_shell(points, volume))
    assert len(shell) > 2 * len(points), "free voxels on both sides belong to it"


def test_stray_points_and_the_smaller_part_are_left_out() -> None:
    volume = make_volume(film(APART, pose_at(0.0))[0])
    config = replace(CONFIG, outlier_deviations=50.0)
    main = sheet(0.3, -0.05)
    part = sheet(0.15, 0.5)
    stray = np.array([[0.3, -0.9, 0.0], [-0.3, -0.8, 0.0]])
    shell = mask_shell(np.concatenate([part, stray, main]), volume, config)
    assert np.array_equal(shell, mask_shell(main, volume, config))


def test_noise_does_not_win_over_a_cluster() -> None:
    """There are more loose points than clustered ones, and they are not a cluster."""
    volume = make_volume(film(APART, pose_at(0.0))[0])
    main = sheet(0.125, -0.05)
    loose = sheet(1.0, -0.6, -1.2, spacing=0.1)
    loose = loose[np.abs(loose[:, None, :2] - main[None, :, :2]).max(axis=2).min(axis=1) > 0.05]
    assert len(loose) > 2 * len(main) > 0
    config = replace(CONFIG, outlier_deviations=50.0)
    shell = mask_shell(np.concatenate([loose, main]), volume, config)
    assert len(shell) > 0
    assert np.array_equal(shell, mask_shell(main, volume, config))


def test_too_little_gives_no_shell() -> None:
    volume = make_volume(film(APART, pose_at(0.0))[0])
    assert len(mask_shell(sheet(0.1, 0.0), volume, CONFIG)) == 0, "16 points"
    assert len(mask_shell(np.zeros((0, 3)), volume, CONFIG)) == 0
    outside = sheet(0.3, 20.0)
    assert len(mask_shell(outside, volume, CONFIG)) == 0, "no voxel there"


def test_frames_give_a_shell_per_mask_and_contested_voxels_to_none() -> None:
    frame, ids, _ = film(APART, pose_at(0.2))
    volume = make_volume(frame)
    shells = frame_shells(frame, MaskSet.from_id_map(ids), volume, CONFIG)
    assert len(shells) == 3
    claims = np.concatenate([shell.seen for shell in shells])
    every, count = np.unique(claims, return_counts=True)
    contested = every[count > 1]
    assert len(contested) > 0
    for number, shell in enumerate(shells):
        assert np.array_equal(shell.kept, np.setdiff1d(shell.seen, contested))
        assert shell.embedding is None and shell.votes == {"": len(shell.seen)}
        corners = volume.voxel_coordinates(shell.kept) * SIZE
        assert np.abs(APART[number].distance(corners)).max() < CONFIG.ball_radius + SIZE


def test_small_and_far_masks_are_skipped_and_embeddings_stay_with_theirs() -> None:
    frame, ids, _ = film(APART, pose_at(0.2))
    vectors = {i: np.eye(4, dtype=np.float32)[i] for i in (1, 2, 3)}
    small = np.where(ids == 2, np.where(np.cumsum(ids == 2).reshape(ids.shape) <= 399, 2, 0), ids)
    masks = MaskSet.from_id_map(
        small.astype(np.int32), scores={3: 0.5}, embeddings=vectors, labels={2: "cup", 3: "chair"}
    )
    assert masks.areas()[1] == 399
    shells = frame_shells(frame, masks, make_volume(frame), CONFIG)
    assert [int(np.argmax(known(shell.embedding))) for shell in shells] == [1, 3]
    assert [dict(shell.votes) for shell in shells] == [
        {"": len(shells[0].seen)},
        {"chair": 0.5 * len(shells[1].seen)},
    ]
    near = make_volume(frame, max_depth=1.0)
    assert frame_shells(frame, masks, near, CONFIG) == []
    empty = MaskSet.empty(*frame.camera.size)
    assert frame_shells(frame, empty, make_volume(frame), CONFIG) == []


def test_addresses_hold_while_the_map_grows() -> None:
    frames = [film(APART, pose, index=i)[0] for i, pose in enumerate(arc(4, width=5.0))]
    _, ids, _ = film(APART, arc(4, width=5.0)[0])
    masks = MaskSet.from_id_map(ids)
    volume = make_volume(frames[0])
    before = frame_shells(frames[0], masks, volume, CONFIG)[1][0]
    coordinates = volume.voxel_coordinates(before)
    for frame in frames[1:]:
        assert frame.depth is not None and frame.image is not None
        assert frame.world_from_cam is not None
        volume.integrate(
            frame.depth, frame.image, camera=frame.camera, world_from_cam=frame.world_from_cam
        )
    assert np.array_equal(volume.voxel_coordinates(before), coordinates)
    after = frame_shells(frames[0], masks, volume, CONFIG)[1][0]
    assert set(before.tolist()) <= set(after.tolist())
