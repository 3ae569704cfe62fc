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
from scenewright.io import load_scene, reading
from scenewright.language.household_words import household_words
from scenewright.language.lexicon import class_name
from scenewright.language.naming import name_chances, with_names, word_vectors
from scenewright.models import ImageEncoder, ObjectNamer, available, create
from scenewright.models.registry import closest
from scenewright.pipelines.name.settings import NameSettings
from scenewright.pipelines.sources.best_frames import best_frames
from scenewright.pipelines.sources.captures import Frames, capture_of, open_frames

OTHER = "other"
"""The word of a namer for things that it does not know; never a label."""


def name(
    scene: Scene | str | Path,
    capture: Frames | None = None,
    *,
    words: str | Sequence[str] | None = NameSettings.words,
    model: str = NameSettings.model,
    weights: str | None = NameSettings.weights,
    min_score: float = NameSettings.min_score,
    progress: Progress = no_progress,
) -> Scene:
    """Names the objects of a scene.

    For an encoder, which pixels of a frame show an object is found from the depth of the frame, so
    that hidden objects are not cut out of what hides them.

    Args:
        scene: A scene with points, or the path of its run or folder.
        capture: The images; None = the capture that the scene names.
        words: Words to choose from: a sequence, a file with one per line, or a list with commas;
            None = `household_words`, with ``names/*`` all that the model knows.
        model: One of ``names/*``, which need no images, or an encoder of images and texts, one of
            ``embed/*``.
        weights: Weights of the model; None = those of its card.
        min_score: Objects whose best word is less likely keep the label that they have, if any.
        progress: Progress callback (stage, done, total, unit).

    Returns:
        The scene with labels and label scores; from an encoder also with the mean vector of the
        pictures of each object as the feature that is named like it.

    Raises:
        CaptureError: The images are missing.
        ConventionError: A value is out of range, or no frame has images and depth.
        FormatError: The scene or the file of words cannot be read.
        MissingExtraError: Packages of the encoder are missing.
        WeightsError: Its weights are missing.
        UnknownNameError: There is no such encoder, or ``names/*`` does not know a word.
    """
    settings = NameSettings(model=model, weights=weights, min_score=min_score)
    folder = None if isinstance(scene, Scene) else Path(scene)
    loaded = scene if isinstance(scene, Scene) else load_scene(scene)
    return name_scene(loaded, capture, settings, words=words, folder=folder, progress=progress)


def name_scene(
    scene: Scene,
    capture: Frames | None,
    settings: NameSettings,
    *,
    words: str | Sequence[str] | None,
    folder: Path | None = None,
    progress: Progress = no_progress,
) -> Scene:
    """`name` with settings.

    `words` takes the place of those in the settings; `folder` is the one that the scene was loaded
    from, if any, for the default capture.
    """
    model, weights, min_score = settings.model, settings.weights, settings.min_score
    if settings.views < 1:
        raise ConventionError("views", expected="1 or more", got=str(settings.views))
    known = [*available("names/*"), *available("embed/*")]
    if model not in known:
        raise UnknownNameError(
            f"Model '{model}'", expected=f"one of {', '.join(known)}", do=closest(model, known)
        )
    options = {} if weights is None else {"weights": weights}
    if model.startswith("names/"):
        namer: ObjectNamer = create(model, **options)
        return _by_shape(scene, namer, words, min_score)
    chosen_words = read_words(words)
    if capture is None:
        if folder is None:
            raise CaptureError(
                "The images of the scene", expected="a capture", got="none",
                do="Give it with capture=...",
            )  # fmt: skip
        capture = capture_of(folder, scene)
    source = open_frames(capture)
    encoder: ImageEncoder = create(model, **options)
    ids = scene.instances.id[~scene.instances.is_stuff].tolist()
    vectors = picture_vectors(
        scene, source, encoder, ids=ids, views=settings.views, progress=progress
    )
    chances = name_chances(vectors, word_vectors(encoder, chosen_words))
    by_id = {number: chances[i] for i, number in enumerate(ids) if chances[i].any()}
    named = with_names(scene, by_id, chosen_words, min_score=min_score)
    return _with_vectors(named, dict(zip(ids, vectors, strict=True)), model)


def _by_shape(
    scene: Scene, namer: ObjectNamer, words: str | Sequence[str] | None, min_score: float
) -> Scene:
    """Names by a model that reads the scene alone; unknown words are refused."""
    by_case = {word.casefold(): word for word in namer.words}
    chosen = namer.words if words is None else read_words(words)
    unknown = [word for word in chosen if word.casefold() not in by_case]
    if unknown:
        near = _similar(unknown[0].casefold(), namer.words)
        advice = "Other words need --model embed/siglip2 or embed/clip."
        raise UnknownNameError(
            f"Word '{unknown[0]}'",
            expected=f"one of {', '.join(namer.words)}",
            do=f"{near} {advice}" if near else advice,
        )
    allowed = {by_case[word.casefold()] for word in chosen}
    is_allowed = np.array([word in allowed and word != OTHER for word in namer.words])
    chances = {number: found * is_allowed for number, found in namer.chances(scene).items()}
    return with_names(scene, chances, namer.words, min_score=min_score)


def _similar(word: str, known: Sequence[str]) -> str | None:
    """A sentence that suggests a known word of the same meaning, or else of a similar spelling."""
    same = next((one for one in known if class_name(one) == class_name(word)), word)
    return closest(same, known)


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
        FormatError: The file is missing or not UTF-8.
    """
    if words is None:
        return household_words()
    if isinstance(words, str):
        path = Path(words)
        is_named_file = path.suffix.lower() == ".txt" and "," not in words
        if is_named_file or (len(words) < 1000 and path.is_file()):
            with reading(path, "text file in UTF-8 with a word per line"):
                parts = path.read_text("utf-8").splitlines()
        else:
            parts = words.split(",")
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
    best = best_frames(surface, source, ids, views=views, progress=progress)
    vectors = np.zeros((len(ids), encoder.dim), np.float32)
    wanted = best.by_frame()
    chosen = ChosenFrames(source, list(wanted))
    for done, (rows, frame) in enumerate(zip(wanted.values(), prefetch(chosen), strict=True), 1):
        assert frame.image is not None
        id_map = surface.id_map(frame)
        masks = MaskSet.from_dense(np.stack([id_map == ids[row] for row, _ in rows]))
        vectors[[row for row, _ in rows]] += encoder.encode(frame.image, masks)
        progress("encode", done, len(wanted), "frames")
    return vectors
