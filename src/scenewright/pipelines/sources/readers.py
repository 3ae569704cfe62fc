"""Opens scenes for questions by a model of language."""

from __future__ import annotations

from pathlib import Path

from scenewright.core import ConventionError, Scene, UnknownNameError
from scenewright.io import load_scene
from scenewright.models import SceneLanguage, SceneReader, available, card, create
from scenewright.models.registry import closest

LANGUAGE_MODELS = "lm/*"


def open_reader(
    scene: Scene | str | Path, model: str, weights: str | None = None
) -> tuple[Scene, SceneReader]:
    """A scene, and the same opened by a model of language.

    Args:
        scene: A scene, or the path of a run or of a scene file.
        model: Name of the model, one of ``lm/*``.
        weights: Weights of the model; None = those of its card.

    Raises:
        FormatError: The scene cannot be read.
        UnknownNameError: There is no such model.
        ConventionError: The model needs weights that the user has to give.
        MissingExtraError, WeightsError: See `scenewright.models.create`.
    """
    language = open_language(model, weights)
    loaded = scene if isinstance(scene, Scene) else load_scene(scene)
    return loaded, language.read(loaded)


def open_language(model: str, weights: str | None = None) -> SceneLanguage:
    """A model of language by its name; arguments and errors as of `open_reader`."""
    known = available(LANGUAGE_MODELS)
    if model not in known:
        raise UnknownNameError(
            f"Model '{model}'", expected=f"one of {', '.join(known)}", do=closest(model, known)
        )
    if weights is None and card(model).needs_files:
        raise ConventionError(
            f"Model '{model}'", expected="--weights FOLDER that its training wrote", got="none",
            do="Train one with 'scenewright train lora'.",
        )  # fmt: skip
    options = {} if weights is None else {"weights": weights}
    language: SceneLanguage = create(model, **options)
    return language
