"""Opens scenes for questions by a model of language."""

from __future__ import annotations

from pathlib import Path

from scenewright.core import Scene, UnknownNameError
from scenewright.io import load_scene
from scenewright.models import SceneLanguage, SceneReader, available, create
from scenewright.models.registry import closest

LANGUAGE_MODELS = "lm/*"


def open_reader(scene: Scene | str | Path, model: str) -> tuple[Scene, SceneReader]:
    """A scene, and the same opened by a model of language.

    Args:
        scene: A scene, or the path of a run or of a scene file.
        model: Name of the model, one of ``lm/*``.

    Raises:
        FormatError: The scene cannot be read.
        UnknownNameError: There is no such model.
    """
    known = available(LANGUAGE_MODELS)
    if model not in known:
        raise UnknownNameError(
            f"Model '{model}'", expected=f"one of {', '.join(known)}", do=closest(model, known)
        )
    loaded = scene if isinstance(scene, Scene) else load_scene(scene)
    language: SceneLanguage = create(model)
    return loaded, language.read(loaded)
