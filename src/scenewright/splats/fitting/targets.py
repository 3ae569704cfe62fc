"""The images that surfels are fitted to, in memory, at several sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Camera, CaptureError, Frame, FrameSource, ShapeError, Views
from scenewright.core.checks import as_array

SHOWN = 128
"""A pixel shows the scene if its alpha is at least this."""
_ALIKE = 1e-6
"""Poses that differ by less are equal; lengths are relative to the distance from the origin."""


@dataclass(frozen=True, eq=False)
class Target:
    """One posed image with optional depth and normals.

    Attributes:
        camera: Intrinsics.
        world_from_cam: (4, 4) float64.
        image: (H, W, 3) uint8 RGB.
        depth: (H, W) float32, 0 = no reading, or None.
        normals: (H, W, 3) float32 unit normals, camera frame, 0 = unknown, or None.
        name: Name of the frame.
        alpha: (H, W) uint8, how much of each pixel shows the scene, 0 to 255, or None = all.
        background: Color behind the scene, 0 to 1, that the image shows; None = that of the engine.
    """

    camera: Camera
    world_from_cam: NDArray[np.float64]
    image: NDArray[np.uint8]
    depth: NDArray[np.float32] | None = None
    normals: NDArray[np.float32] | None = None
    name: str = ""
    alpha: NDArray[np.uint8] | None = None
    background: tuple[float, float, float] | None = None

    @property
    def color(self) -> NDArray[np.float32]:
        """(H, W, 3) RGB, 0 to 1."""
        return self.image.astype(np.float32) / np.float32(255)

    @property
    def megapixels(self) -> float:
        """Millions of pixels."""
        return self.camera.width * self.camera.height / 1e6

    @property
    def weights(self) -> NDArray[np.float32] | None:
        """(H, W) how much each pixel counts, 0 to 1, or None = all do."""
        return None if self.alpha is None else self.alpha.astype(np.float32) / np.float32(255)

    def on(self, background: Sequence[float] | NDArray[np.float64]) -> Target:
        """The view in front of a color, 0 to 1, where it shows nothing of the scene."""
        if self.alpha is None:
            return self
        share = self.alpha[..., None].astype(np.float32) / np.float32(255)
        behind = np.asarray(background, np.float32) * np.float32(255)
        image = (share * self.image + (1 - share) * behind + 0.5).astype(np.uint8)
        red, green, blue = (float(value) for value in background)
        return replace(self, image=image, alpha=None, background=(red, green, blue))

    def shrunk(self, divisor: int) -> Target:
        """The same view downscaled by blocks of `divisor` x `divisor` pixels.

        Colors are averaged. Depth is the mean of blocks whose pixels all have depths within 5 % of
        one another, and unknown otherwise. Incomplete blocks at the right and lower border are
        dropped.
        """
        if divisor == 1:
            return self
        height, width = (size // divisor for size in self.camera.size)
        K = np.diag([1 / divisor, 1 / divisor, 1.0]) @ self.camera.K
        image, alpha = _shrunk_image(self.image, self.alpha, divisor)
        depth = normals = None
        if self.depth is not None:
            block = _blocks(self.depth, divisor)
            low, high = block.min(axis=2), block.max(axis=2)
            depth = np.where(high <= 1.05 * low, block.mean(axis=2), 0).astype(np.float32)
        if self.normals is not None:
            mean = _blocks(self.normals, divisor).mean(axis=2)
            length = np.linalg.norm(mean, axis=2, keepdims=True)
            normals = np.where(length > 0.5, mean / np.maximum(length, 0.5), 0).astype(np.float32)
        return Target(
            Camera(K, width, height),
            self.world_from_cam,
            image,
            depth,
            normals,
            self.name,
            alpha,
            self.background,
        )


def _shrunk_image(
    image: NDArray[np.uint8], alpha: NDArray[np.uint8] | None, divisor: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None]:
    """Mean colors of blocks; what is not of the scene does not count."""
    colors = _blocks(image, divisor)
    if alpha is None:
        return (colors.mean(axis=2, dtype=np.float32) + 0.5).astype(np.uint8), None
    shares: NDArray[np.float32] = _blocks(alpha, divisor).astype(np.float32)
    total = shares.sum(axis=2)
    weighted = (shares[..., None] * np.asarray(colors, np.float32)).sum(axis=2)
    mean = weighted / np.maximum(total, 1)[..., None]
    mean_alpha = (total / (divisor * divisor) + 0.5).astype(np.uint8)
    return (mean + 0.5).astype(np.uint8), mean_alpha


def _blocks(array: NDArray[np.generic], divisor: int) -> NDArray[np.generic]:
    """(H, W, divisor^2, ...) the pixels of each block."""
    height, width = (size // divisor for size in array.shape[:2])
    rest = array.shape[2:]
    cut = array[: height * divisor, : width * divisor]
    split = cut.reshape(height, divisor, width, divisor, *rest).swapaxes(1, 2)
    return split.reshape(height, width, divisor * divisor, *rest)


def gather_targets(
    frames: FrameSource | Sequence[Frame],
    *,
    depth: bool,
    normals: Sequence[NDArray[np.float32]] | None = None,
) -> list[Target]:
    """Decodes the frames with image and pose.

    Args:
        frames: Frames of a capture.
        depth: Whether to keep measured depth, too.
        normals: For each frame (H, W, 3) normals, see `Target`, or None.

    Raises:
        CaptureError: There are fewer than two such frames, or all have the same pose.
        ShapeError: The normals do not match the frames.
    """
    if normals is not None and len(normals) != len(frames):
        raise ShapeError("Normals", expected=f"{len(frames)}, one per frame", got=f"{len(normals)}")
    targets = []
    for i, frame in enumerate(frames):
        if frame.image is None or frame.world_from_cam is None:
            continue
        prior = None
        if normals is not None:
            shape = (*frame.camera.size, 3)
            prior = as_array("Normals", normals[i], shape=shape, dtype=np.float32)
        targets.append(
            Target(
                frame.camera,
                frame.world_from_cam,
                frame.image,
                depth_of_scene(frame) if depth else None,
                prior,
                frame.name or str(frame.index),
                frame.alpha,
            )
        )
    check_views(targets, num_frames=len(frames))
    return targets


def depth_of_scene(frame: Frame) -> NDArray[np.float32] | None:
    """The depth of a frame, without pixels that show nothing of the scene."""
    if frame.depth is None or frame.alpha is None:
        return frame.depth
    return np.where(frame.alpha >= SHOWN, frame.depth, np.float32(0))


def check_views(targets: Sequence[Target], *, num_frames: int) -> None:
    """Checks that surfels can be fitted to views.

    Args:
        targets: Views with image and pose.
        num_frames: Number of frames of the capture.

    Raises:
        CaptureError: See `gather_targets`.
    """
    if not targets:
        raise CaptureError(
            "No frame can be fitted to",
            expected="frames with an image and a pose",
            got=f"{num_frames} frames, none with both",
            do="Provide the camera poses; see docs/captures.md.",
        )
    if len(targets) == 1:
        raise CaptureError(
            "Only one view",
            expected="two or more views from different positions",
            got=f"1 of {num_frames} frames with image and pose",
            do="Shape cannot be estimated from one image; add images from other positions.",
        )
    poses = np.stack([target.world_from_cam for target in targets])
    turned = np.abs(poses[:, :3, :3] - poses[0, :3, :3]).max()
    moved = np.abs(poses[:, :3, 3] - poses[0, :3, 3]).max()
    if turned < _ALIKE and moved <= _ALIKE * np.abs(poses[0, :3, 3]).max():
        raise CaptureError(
            "All views have the same pose",
            expected="cameras at different positions",
            got=f"{len(targets)} views with one pose",
            do="Check that the poses were read; a capture from a tripod cannot be fitted.",
        )


def scene_extent(centers: NDArray[np.float64], means: NDArray[np.floating]) -> float:
    """The length that step sizes and thresholds scale with.

    It is the published one, 1.1 times the largest distance of a camera from the mean camera
    position; if cameras hardly moved, a tenth of the median distance of the surfels from there.

    Args:
        centers: (F, 3) centers of the cameras.
        means: (N, 3) centers of the surfels.
    """
    center = centers.mean(axis=0)
    spread = 1.1 * float(np.linalg.norm(centers - center, axis=1).max())
    return max(spread, 0.1 * float(np.median(np.linalg.norm(means - center, axis=1))))


def split_views(num_views: int, interval: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Indices of the training views, and of those held out.

    Args:
        num_views: Number of all views.
        interval: Every n-th view is held out, starting with the first; 0 = none.

    Raises:
        CaptureError: All views are held out.
    """
    order = np.arange(num_views)
    if interval == 0:
        return order, order[:0]
    held_out = order % interval == 0
    if held_out.all():
        raise CaptureError(
            "No view is left for training",
            expected="a holdout_interval of 2 or more",
            got=f"{interval}",
        )
    return order[~held_out], order[held_out]


def choose_views(
    names: Sequence[str], interval: int, *, held_out: Sequence[str] = ()
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Like `split_views`, or by the names of the views held out.

    Args:
        names: Names of all views.
        interval: See `split_views`; does not count if views are held out by name.
        held_out: Names of views; others than those of `names` are passed over.

    Raises:
        CaptureError: None or all of the named views are held out.
    """
    if not held_out:
        return split_views(len(names), interval)
    wanted = frozenset(held_out)
    is_held_out = np.array([name in wanted for name in names])
    if is_held_out.all() or not is_held_out.any():
        count = int(is_held_out.sum())
        raise CaptureError(
            "Views held out by name",
            expected=f"some of the {len(names)} views, such as {names[0]}",
            got=f"{count} of them by {len(wanted)} names, such as {min(wanted)}",
            do="Name the frames as 'scenewright check' does, without folder and suffix.",
        )
    return np.flatnonzero(~is_held_out), np.flatnonzero(is_held_out)


def to_views(targets: Sequence[Target]) -> Views:
    """The cameras of targets."""
    return Views(
        tuple(target.name for target in targets),
        np.array([target.camera.K for target in targets]),
        np.array([target.camera.size[::-1] for target in targets], np.int32),
        np.array([target.world_from_cam for target in targets]),
    )
