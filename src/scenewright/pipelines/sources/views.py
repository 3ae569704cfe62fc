"""The images of a capture, and frames at the size of views."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from copy import copy
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scenewright.core import (
    CaptureError,
    ConventionError,
    Frame,
    FrameSource,
    SurfelCloud,
    UnknownNameError,
    Views,
)
from scenewright.core.progress import Progress, no_progress
from scenewright.data import Capture, prefetch
from scenewright.pipelines.sources.captures import has_metric_lengths
from scenewright.pipelines.sources.settings import MAX_WIDTH
from scenewright.splats.rendering import render


class PictureSource:
    """The frames of a capture that have an image and a pose, scaled down.

    Every frame is decoded once to find these, and again on each access.

    Args:
        source: The capture.
        max_width: Wider images are scaled down to this width, pixels.
        scale: Factor by which images are scaled first, above 0 and up to 1.
        progress: Progress callback (stage, done, total, unit) of the first pass.

    Attributes:
        num_without_picture: Number of frames skipped because they have no image.
        num_without_pose: Number of frames with an image skipped because their pose is unknown.
        has_depth: Whether any frame has depth readings.
        num_with_alpha: Number of frames of whose image a part shows nothing of the scene.

    Raises:
        CaptureError: No frame has an image, or none has a pose.
    """

    def __init__(
        self,
        source: FrameSource,
        *,
        max_width: int = MAX_WIDTH,
        scale: float = 1.0,
        progress: Progress = no_progress,
    ) -> None:
        if not 0 < scale <= 1:
            raise ConventionError("Image scale", expected="above 0, up to 1", got=f"{scale:g}")
        if max_width < 1:
            raise ConventionError("Maximum width", expected="1 or more pixels", got=str(max_width))
        self._source = source
        self._max_width, self._scale = max_width, scale
        self.num_without_picture = self.num_without_pose = 0
        self.has_depth = False
        self.num_with_alpha = 0
        self._positions: list[int] = []
        self.names: list[str] = []
        total = len(source)
        for done, frame in enumerate(prefetch(source)):
            self._take(frame, done)
            progress("read", done + 1, total, "frames")
        if not self._positions:
            raise _nothing_to_fit(self, source)

    def _take(self, frame: Frame, position: int) -> None:
        if frame.image is None:
            self.num_without_picture += 1
        elif frame.world_from_cam is None:
            self.num_without_pose += 1
        else:
            self._positions.append(position)
            self.names.append(frame.name or str(frame.index))
            self.num_with_alpha += frame.alpha is not None
            self.has_depth |= frame.depth is not None and bool(frame.depth.any())

    def without(self, names: Collection[str]) -> PictureSource:
        """The same frames without those of some names."""
        rest = copy(self)
        kept = [i for i, name in enumerate(self.names) if name not in names]
        rest._positions = [self._positions[i] for i in kept]
        rest.names = [self.names[i] for i in kept]
        return rest

    @property
    def up(self) -> NDArray[np.float64] | None:
        """(3,) float64 unit vector against gravity, or None if unknown."""
        return self._source.up

    @property
    def is_metric(self) -> bool:
        """Whether lengths are meters."""
        return has_metric_lengths(self._source)

    def __len__(self) -> int:
        return len(self._positions)

    def __getitem__(self, index: int, /) -> Frame:
        frame = self._source[self._positions[index]]
        height, width = frame.camera.size
        share = min(self._scale, self._max_width / width)
        if share < 1:
            size = max(round(width * share), 1), max(round(height * share), 1)
            frame = resize_frame(frame, width=size[0], height=size[1])
        return replace(frame, index=index % len(self))

    def __iter__(self) -> Iterator[Frame]:
        return (self[i] for i in range(len(self)))


def resize_frame(frame: Frame, *, width: int, height: int) -> Frame:
    """A frame at another size: color is averaged or interpolated, depth is sampled.

    Args:
        frame: Any frame.
        width: Pixels.
        height: Pixels.
    """
    if (height, width) == frame.camera.size:
        return frame
    image, depth, stored = frame.image, frame.depth, frame.stored_pixels
    alpha = frame.alpha
    if image is not None and alpha is not None:
        # Colors are averaged over what shows the scene.
        both = Image.fromarray(np.dstack([image, alpha])).convert("RGBa")
        small = np.asarray(both.resize((width, height), Image.Resampling.BOX).convert("RGBA"))
        image, alpha = small[..., :3], small[..., 3]
    elif image is not None:
        picture = Image.fromarray(image).resize((width, height), Image.Resampling.BOX)
        image = np.asarray(picture)
    if depth is not None:
        # The mean of a near and a far reading lies on neither surface, so depth is not averaged.
        sampled = Image.fromarray(depth).resize((width, height), Image.Resampling.NEAREST)
        depth = np.asarray(sampled)
    if stored is not None:
        rows = ((np.arange(height) + 0.5) * stored.shape[0] / height).astype(np.int64)
        columns = ((np.arange(width) + 0.5) * stored.shape[1] / width).astype(np.int64)
        factors = np.array([width / stored.shape[1], height / stored.shape[0]], np.float32)
        stored = stored[rows][:, columns] * factors
    camera = frame.camera.resized(width, height)
    return replace(
        frame, camera=camera, image=image, depth=depth, stored_pixels=stored, alpha=alpha
    )


def on_background(
    frame: Frame, color: tuple[float, float, float] = (0.0, 0.0, 0.0)
) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 image of a frame, in front of a color (0 to 1) where alpha hides it."""
    assert frame.image is not None
    if frame.alpha is None:
        return frame.image
    share = frame.alpha[..., None] / 255.0
    behind = 255 * np.asarray(color)
    blended: NDArray[np.uint8] = (share * frame.image + (1 - share) * behind + 0.5).astype(np.uint8)
    return blended


def frames_of_views(source: FrameSource, views: Views) -> list[int]:
    """Index of each view's frame in a capture, matched by name.

    Raises:
        CaptureError: The capture lacks the frame of a view.
    """
    positions = {name: i for i, name in enumerate(source.names)}
    missing = [name for name in views.name if name not in positions]
    if missing:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise CaptureError(
            "The scene was not made from this capture",
            expected=f"the frames of the scene's {len(views)} views",
            got=f"none for {', '.join(missing[:3])}{more}",
            do="Give the right capture with --capture (capture=...).",
        )
    return [positions[name] for name in views.name]


def view_frame(frame: Frame, views: Views, number: int) -> Frame:
    """A frame at the size of its view and with the view's camera and pose."""
    camera = views.camera(number)
    resized = resize_frame(frame, width=camera.width, height=camera.height)
    return replace(resized, camera=camera, world_from_cam=views.world_from_cam[number])


def with_drawn_depth(frame: Frame, surfels: SurfelCloud, *, near: float) -> Frame:
    """The frame, with depth rendered from the surfels if it has none."""
    if frame.depth is not None and frame.depth.any():
        return frame
    assert frame.world_from_cam is not None
    drawn = render(surfels, frame.camera, world_from_cam=frame.world_from_cam, near=near)
    return replace(frame, depth=drawn.median_depth)


def choose_view(views: Views, wanted: str) -> list[int]:
    """Indices of the views given by name, by index, or as ``all``.

    Raises:
        UnknownNameError: No view has that name or index.
    """
    if wanted == "all":
        return list(range(len(views)))
    if wanted in views.name:
        return [views.index(wanted)]
    digits = wanted.removeprefix("-")
    if digits.isdecimal() and -len(views) <= int(wanted) < len(views):
        return [int(wanted) % len(views)]
    raise UnknownNameError(
        f"There is no view '{wanted}'",
        expected=f"all, an index from 0 to {len(views) - 1}, or a name such as "
        f"{', '.join(views.name[:3])}",
        got="neither",
    )


def _nothing_to_fit(found: PictureSource, source: FrameSource) -> CaptureError:
    where = f"The capture {source.root}" if isinstance(source, Capture) else "The capture"
    if found.num_without_pose:
        return CaptureError(
            f"{where} has images but no camera poses",
            expected="a camera pose for each image",
            got=f"none for {found.num_without_pose} images",
            do="Estimate the poses first, with COLMAP for example; see docs/captures.md.",
        )
    return CaptureError(
        f"{where} has camera poses but no images",
        expected="a color image for each frame",
        got=f"none for {found.num_without_picture} frames",
        do="Put the images where the layout expects them; see docs/captures.md.",
    )
