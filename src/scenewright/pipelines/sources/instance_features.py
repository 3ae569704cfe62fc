"""Vectors of the objects of a scene: of shapes, and of pictures at several widths; kept on disk."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from scenewright.core import (
    CaptureError,
    ChosenFrames,
    FormatError,
    FrameSource,
    MaskSet,
    Progress,
    Scene,
    ShapeError,
    no_progress,
)
from scenewright.data import prefetch
from scenewright.fusion.frame_ids import SurfaceIds
from scenewright.io import load_scene
from scenewright.models import PointEncoder, create
from scenewright.models.classical.plain_views import PlainViews
from scenewright.models.crops import GROWTHS, grow_box
from scenewright.models.instance_features import (
    InstanceFeatures,
    read_features,
    write_features,
)
from scenewright.pipelines.sources.best_frames import best_frames
from scenewright.pipelines.sources.captures import Frames, capture_of, open_frames

PLAIN = "plain"
"""Vectors of colors and edges, without weights."""
_SHAPES = "names/tiny"
_CACHE = "cache"
_VERSION = "1"


class ViewEncoder(Protocol):
    """What makes vectors of pictures; every `ImageEncoder` does."""

    @property
    def dim(self) -> int:
        """Length of the vectors."""
        ...

    def encode(self, image: NDArray[np.uint8], masks: MaskSet | None = None) -> NDArray[np.float32]:
        """(N, D) unit vectors of masks; (1, D) of the whole image."""
        ...


def instance_features(
    scene: str | Path | Scene,
    capture: Frames | None = None,
    *,
    encoder: str = PLAIN,
    weights: str | None = None,
    views: int = 5,
    shapes: PointEncoder | None = None,
    progress: Progress = no_progress,
) -> InstanceFeatures:
    """Vectors of the objects of a scene; computed once, and then read from the scene folder.

    The vector of a shape is the last hidden layer of ``names/tiny``, or that of `shapes`. The
    pictures of an object are the frames in which most of it is visible, each at the widths of
    `GROWTHS`.

    Args:
        scene: A run or scene folder, in which they are kept as ``cache/features-ENCODER.npz``; or a
            scene, for which nothing is kept. Files of a folder that has changed are made anew.
        capture: The images; None = the capture that the scene was made from. A scene without one
            has no pictures (M is 0).
        encoder: ``plain``, which needs no weights, or one of ``embed/*``.
        weights: Weights of the encoder; None = those of its card.
        views: Frames of each object.
        shapes: Encoder of points, such as ``create("points/uni3d", weights=...)``; None =
            ``names/tiny``.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        FormatError: The scene cannot be read.
        CaptureError: The capture that was given cannot be read.
        ConventionError: No frame has an image, depth and a pose.
        MissingExtraError, WeightsError, UnknownNameError: See `scenewright.models.create`.
    """
    points: PointEncoder = create(_SHAPES) if shapes is None else shapes
    chosen = (points, encoder, weights)
    if isinstance(scene, Scene):
        return _made(scene, _source(None, scene, capture), chosen, views, progress)
    folder = _scene_folder(Path(scene))
    loaded = load_scene(scene)
    source = _source(Path(scene), loaded, capture)
    if folder is None:
        return _made(loaded, source, chosen, views, progress)
    name = re.sub(r"\W+", "-", encoder)
    path = folder / _CACHE / f"features-{name}.npz"
    parts = (points.source, encoder, str(weights), str(views), str(source is not None))
    key = _key(folder, parts)
    kept = _kept(path, key)
    if kept is not None:
        return kept
    made = _made(loaded, source, chosen, views, progress)
    write_features(path, made, key=key)
    return made


def _scene_folder(path: Path) -> Path | None:
    return next((one for one in (path, path / "scene") if (one / "scene.json").is_file()), None)


def _key(folder: Path, parts: tuple[str, ...]) -> str:
    """What changes when the scene or a setting does."""
    told = hashlib.blake2b(digest_size=16)
    told.update((folder / "scene.json").read_bytes())
    points = folder / "points.npz"
    if points.is_file():
        state = points.stat()
        told.update(f"{state.st_size} {state.st_mtime_ns}".encode())
    return f"{_VERSION} {' '.join(parts)} {told.hexdigest()}"


def _kept(path: Path, key: str) -> InstanceFeatures | None:
    """The vectors of a file, if it is whole and of this key."""
    if not path.is_file():
        return None
    try:
        features, found = read_features(path)
    except (FormatError, ShapeError):
        return None  # an interrupted copy; it is made anew
    return features if found == key else None


def _source(path: Path | None, scene: Scene, capture: Frames | None) -> FrameSource | None:
    if capture is not None:
        return open_frames(capture)
    if path is None:
        return None
    try:
        return open_frames(capture_of(path, scene))
    except CaptureError:
        return None  # boxes and meshes have vectors of shapes alone


def _made(
    scene: Scene,
    source: FrameSource | None,
    chosen: tuple[PointEncoder, str, str | None],
    views: int,
    progress: Progress,
) -> InstanceFeatures:
    points, encoder, weights = chosen
    ids = scene.instances.id[~scene.instances.is_stuff]
    shapes = points.vectors(scene)
    shape = np.zeros((len(ids), points.dim), np.float32)
    for row, number in enumerate(ids.tolist()):
        if number in shapes:
            shape[row] = shapes[number]
    options = {} if weights is None else {"weights": weights}
    network: ViewEncoder = PlainViews() if encoder == PLAIN else create(encoder, **options)
    if source is None or scene.points is None or scene.points.instance_id is None:
        pictures = _no_pictures(len(ids), network.dim)
    else:
        pictures = _pictures(scene, source, network, ids.tolist(), views, progress)
    return InstanceFeatures(
        ids, shape, *pictures, shape_model=points.source.split()[0], view_model=encoder
    )


Pictures = tuple[
    NDArray[np.float32], NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]
]  # fmt: skip


def _no_pictures(count: int, dim: int) -> Pictures:
    none = np.zeros((count, 0))
    return (
        np.zeros((count, 0, dim), np.float32), none.astype(np.int64), none.astype(np.int64),
        none.astype(np.float32),
    )  # fmt: skip


def _pictures(
    scene: Scene,
    source: FrameSource,
    network: ViewEncoder,
    ids: Sequence[int],
    views: int,
    progress: Progress,
) -> Pictures:
    surface = SurfaceIds(scene)
    best = best_frames(surface, source, ids, views=views, progress=progress)
    num_views, levels = best.frame.shape[1], len(GROWTHS)
    vectors = np.zeros((len(ids), num_views, levels, network.dim), np.float32)
    wanted = best.by_frame()
    chosen = ChosenFrames(source, list(wanted))
    for done, (rows, frame) in enumerate(zip(wanted.values(), prefetch(chosen), strict=True), 1):
        assert frame.image is not None
        id_map = surface.id_map(frame)
        for row, view in rows:
            vectors[row, view] = _levels(frame.image, id_map == ids[row], network)
        progress("encode", done, len(wanted), "frames")
    most = np.maximum(best.pixels.max(axis=1, initial=0), 1)[:, None]
    seen = (best.pixels / most).astype(np.float32)
    level = np.broadcast_to(np.arange(levels), (len(ids), num_views, levels))
    return (
        vectors.reshape(len(ids), num_views * levels, network.dim),
        np.repeat(best.frame, levels, axis=1),
        np.ascontiguousarray(level).reshape(len(ids), -1).astype(np.int64),
        np.repeat(seen, levels, axis=1),
    )


def _levels(
    image: NDArray[np.uint8], mask: NDArray[np.bool_], network: ViewEncoder
) -> NDArray[np.float32]:
    """(L, D) vectors of one object at each width."""
    rows, columns = np.nonzero(mask)
    box = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
    parts = []
    for growth in GROWTHS:
        x, y, x_end, y_end = grow_box(box, growth, height=mask.shape[0], width=mask.shape[1])
        parts.append(network.encode(np.ascontiguousarray(image[y:y_end, x:x_end])))
    return np.concatenate(parts)
