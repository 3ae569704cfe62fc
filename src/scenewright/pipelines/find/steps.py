"""Objects in many scenes from Python: `find`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from scenewright.core import ConventionError, Progress, UnknownNameError, no_progress
from scenewright.language.finding import FoundObjects, SceneSearch, SceneStore
from scenewright.language.finding.store import INDEX_FILE
from scenewright.language.question_parser import Unreadable
from scenewright.models import ImageEncoder, available, create
from scenewright.models.registry import closest
from scenewright.pipelines.find.catalog import open_catalog
from scenewright.pipelines.find.names_by_pictures import picture_names
from scenewright.pipelines.find.settings import FindSettings

WORDS = "words"
"""The model that finds names by labels alone."""


def find(
    phrase: str,
    scenes: Sequence[str | Path] | str | Path = (),
    *,
    index: str | Path | None = None,
    top: int = FindSettings.top,
    model: str = FindSettings.model,
    weights: str | None = FindSettings.weights,
    progress: Progress = no_progress,
) -> FoundObjects:
    """Finds the objects that a phrase means in many scenes.

    To look for many phrases, open the scenes once: see `scenewright.language.finding.SceneSearch`.

    Args:
        phrase: Such as ``"the red chair left of the desk"``.
        scenes: Runs, scene folders or files, or folders that hold some; none = all of the index.
        index: Folder of the index, which is made or brought up to date; None = nothing is kept.
        top: Objects to return at most.
        model: ``words``, or an encoder of images and texts, one of ``embed/*``, whose vectors the
            scenes hold.
        weights: Weights of the encoder; None = those of its card.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        ConventionError: There are neither scenes nor an index, `top` is below 1, or no scene has
            vectors of the encoder.
        FormatError: A path is missing or no scene, none could be read, or the index is damaged.
        OutputError: The folder of the index holds other files, or cannot be written.
        UnknownNameError: There is no such model.
    """
    given = (scenes,) if isinstance(scenes, str | Path) else tuple(scenes)
    settings = FindSettings(top=top, model=model, weights=weights)
    return find_in(phrase, given, settings, index=index, progress=progress)


def find_in(
    phrase: str,
    scenes: Sequence[str | Path],
    settings: FindSettings,
    *,
    index: str | Path | None = None,
    progress: Progress = no_progress,
) -> FoundObjects:
    """`find` with settings."""
    known = [WORDS, *available("embed/*")]
    if settings.model not in known:
        raise UnknownNameError(
            f"Model '{settings.model}'", expected=f"one of {', '.join(known)}",
            do=closest(settings.model, known),
        )  # fmt: skip
    if not scenes and index is not None and not (Path(index) / INDEX_FILE).is_file():
        raise ConventionError(
            f"{index}", expected=f"an index ({INDEX_FILE}), where no scenes are named", got="none",
            do="Name the scenes too, to make one, or check the spelling of the path.",
        )  # fmt: skip
    store = None if index is None else SceneStore(index)
    try:
        catalog = open_catalog(scenes, store, progress=progress)
        search = SceneSearch(catalog.entries, engine=settings.engine)
        query = search.read(phrase)
        names = {}
        if settings.model != WORDS and not isinstance(query, Unreadable):
            options = {} if settings.weights is None else {"weights": settings.weights}
            encoder: ImageEncoder = create(settings.model, **options)
            names = picture_names(
                query, catalog.entries, model=settings.model, encoder=encoder, store=store
            )
        found = search.find(phrase, top=settings.top, names=names)
    finally:
        if store is not None:
            store.close()
    return replace(found, notes=(*catalog.notes, *found.notes))
