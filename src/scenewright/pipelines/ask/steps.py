"""Questions about a scene from Python: `ask`."""

from __future__ import annotations

from pathlib import Path

from scenewright.core import Scene
from scenewright.models import Answer
from scenewright.pipelines.ask.settings import AskSettings
from scenewright.pipelines.sources.readers import open_reader


def ask(
    scene: Scene | str | Path,
    question: str,
    *,
    about: tuple[int, ...] = (),
    model: str = AskSettings.model,
    weights: str | None = AskSettings.weights,
) -> Answer:
    """Answers a question about a scene.

    For many questions about one scene, open it once:
    ``reader = sw.models.create("lm/symbolic").read(scene)``, then ``reader.ask(question)``.

    Args:
        scene: A scene, or the path of a run or of a scene file.
        question: The question, in English.
        about: Ids of the objects that were talked about before, which ``it`` and ``them`` mean.
        model: Model of language.
        weights: Weights of the model; None = those of its card.

    Raises:
        FormatError: The scene cannot be read.
        UnknownNameError: There is no such model.
    """
    return open_reader(scene, model, weights)[1].ask(question, about=about)
