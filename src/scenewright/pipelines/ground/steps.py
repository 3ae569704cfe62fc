"""Objects by phrase from Python: `ground`."""

from __future__ import annotations

from pathlib import Path

from scenewright.core import Scene
from scenewright.models import Grounding
from scenewright.pipelines.ground.settings import GroundSettings
from scenewright.pipelines.sources.readers import open_reader


def ground(
    scene: Scene | str | Path,
    phrase: str,
    *,
    model: str = GroundSettings.model,
    weights: str | None = GroundSettings.weights,
) -> Grounding:
    """Finds the objects that a phrase means.

    Args:
        scene: A scene, or the path of a run or of a scene file.
        phrase: Such as ``"the red chair left of the desk"``.
        model: Model of language.
        weights: Weights of the model; None = those of its card.

    Returns:
        Ids and probabilities; no ids if nothing matches.

    Raises:
        FormatError: The scene cannot be read.
        UnknownNameError: There is no such model.
    """
    return open_reader(scene, model, weights)[1].ground(phrase)
