"""Names of objects from Python: `name`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenewright.core import (
    CaptureError,
    ChosenFrames,
    ConventionError,
    FeatureColumn,
    FrameSource,
    MaskSet,
    Progress,
    Scene,
    UnknownNameError,
    no_progress,
)
from scenewright.data import prefetch
from scenewright.fusion.frame_ids import SurfaceIds
from scenewright.io import load_scene
from scenewright.language.household_words import household_words
from scenewright.language.naming import name_chances, with_names, word_vectors
from scenewright.models import ImageEncoder, available, create
from scenewright.models.registry import closest
from scenewright.pipelines.name.settings import NameSettings
from scenewright.pipelines.sources.captures import Frames, capture_of, open_frames

_MOST_FRAMES = 120
"""Frames in which objects are looked for, evenly spread over the capture."""
_LEAST_PIXELS = 80


def name(
    scene: Scene | str | Path,
    capture: Frames | None = None,
    *,
    words: str | Sequence[str] | None = NameSettings.words,
    model: str = NameSettings.model,
    weights: str | None = NameSettings.weights,
    views: int = NameSettings.views,
    min_score: float = NameSettings.min_score,
    progress: Progress = no_progress,
) -> Scene:
    """Names the objects of a segmented capture.

    Which pixels of a frame show an object is found from the depth of the frame, so that hidden
    objects are not cut out of what hides them.

    Args:
        scene: A scene with points, or the path of its run or folder.
        capture: The images; None = the capture that the scene names.
        words: Words to choose from: a sequence, a file with one per line, or a list with commas;
            None = `household_words`.
        model: Encoder of images and texts, one of ``embed/*``.
        weights: Weights of the encoder; None = those of its card.
        views: Pictures of each object, those that show most of it.
        min_score: Objects whose best word is less likely keep no name.
        progress: Progress callback (stage, done, total, unit).

    Returns:
        The scene with labels, label scores, and the mean vector of the pictures of each object as
        the feature that is named like the encoder.

    Raises:
        CaptureError: The images are missing.
        ConventionError: A value is out of range, or no frame has images and depth.
        MissingExtraError: Packages of the encoder are missing.
        WeightsError: Its weights are missing.
        UnknownNameError: There is no such encoder.
    """
    if views < 1:
        raise ConventionError("views", expected="1 or more", got=str(views))
    known = available("embed/*")
    if model not in known:
        raise UnknownNameError(
            f"Encoder '{model}'", expected=f"one of {', '.join(known)}", do=closest(model, known)
        )
    chosen_words = read_words(words)
    loaded = scene if isinstance(scene, Scene) else load_scene(scene)
    if capture is None:
        if isinstance(scene, Scene):
            raise CaptureError(
                "The images of the scene", expected="a capture", got="none",
                do="Give it with capture=...",
            )  # fmt: skip
        capture = capture_of(Path(scene), loaded)
    source = open_frames(capture)
    encoder: ImageEncoder = create(model, **({} if weights is None else {"weights": weights}))
    ids = loaded.instances.id[~loaded.instances.is_stuff].tolist()
    vectors = picture_vectors(loaded, source, encoder, ids=ids, views=views, progress=progress)
    chances = name_chances(vectors, word_vectors(encoder, chosen_words))
    by_id = {number: chances[i] for i, number in enumerate(ids) if chances[i].any()}
    named = with_names(loaded, by_id, chosen_words, min_score=min_score)
    return _with_vectors(named, dict(zip(ids, vectors, strict=True)), model)


def _with_vectors(scene: Scene, vectors: dict[int, NDArray[np.float32]], model: str) -> Scene:
    """The scene with the vectors of the pictures as a feature column."""
    table = scene.instances
    none = np.zeros_like(next(iter(vectors.values()), np.zeros(1, np.float32)))
    if not len(table):
        return scene
    rows = np.stack([vectors.get(number, none) for number in table.id.tolist()])
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    column = FeatureColumn((rows / np.maximum(lengths, 1e-9)).astype(np.float32), model)
    features = {**table.features, model.rpartition("/")[2]: column}
    return replace(scene, instances=replace(table, features=features))


def read_words(words: str | Sequence[str] | None) -> tuple[str, ...]:
    """Words to choose from, each once; see `name`.

    Raises:
        ConventionError: There are none.
    """
    if words is None:
        return household_words()
    if isinstance(words, str):
        path = Path(words)
        is_file = len(words) < 1000 and path.is_file()
        parts = path.read_text("utf-8").splitlines() if is_file else words.split(",")
    else:
        parts = list(words)
    found = tuple(dict.fromkeys(" ".join(part.split()) for part in parts if part.strip()))
    if not found:
        raise ConventionError("--words", expected="at least one word", got="none")
    return found


def picture_vectors(
    scene: Scene,
    source: FrameSource,
    encoder: ImageEncoder,
    *,
    ids: Sequence[int],
    views: int,
    progress: Progress = no_progress,
) -> NDArray[np.float32]:
    """(N, D) mean vectors of the pictures of each object, zeros where no frame shows it.

    Args:
        scene: With points that have instance ids.
        source: Frames with images and depth.
        encoder: Encoder of images.
        ids: N objects.
        views: Pictures of each object, those that show most of it.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        ConventionError: No frame has an image, depth and a pose.
    """
    surface = SurfaceIds(scene)
    count = len(source)
    frames = np.unique(np.linspace(0, count - 1, min(count, _MOST_FRAMES)).round().astype(int))
    areas = np.zeros((len(frames), len(ids)), np.int64)
    is_usable = False
    for k, frame in enumerate(prefetch(ChosenFrames(source, frames.tolist()))):
        if frame.image is not None and frame.depth is not None and frame.world_from_cam is not None:
            is_usable = True
            shown, counts = np.unique(surface.id_map(frame), return_counts=True)
            by_id = dict(zip(shown.tolist(), counts.tolist(), strict=True))
            areas[k] = [by_id.get(number, 0) for number in ids]
        progress("find views", k + 1, len(frames), "frames")
    if not is_usable:
        raise ConventionError("The frames", expected="images, depth and poses", got="none with all")
    best = np.argsort(-areas, axis=0, kind="stable")[:views]
    wanted: dict[int, list[int]] = {}
    for column, order in enumerate(best.T):
        for k in order.tolist():
            if areas[k, column] >= _LEAST_PIXELS:
                wanted.setdefault(k, []).append(column)
    vectors = np.zeros((len(ids), encoder.dim), np.float32)
    rows = sorted(wanted)
    chosen = ChosenFrames(source, [int(frames[k]) for k in rows])
    for done, (k, frame) in enumerate(zip(rows, prefetch(chosen), strict=True), start=1):
        assert frame.image is not None
        id_map = surface.id_map(frame)
        masks = MaskSet.from_dense(np.stack([id_map == ids[column] for column in wanted[k]]))
        vectors[wanted[k]] += encoder.encode(frame.image, masks)
        progress("encode", done, len(rows), "frames")
    return vectors
