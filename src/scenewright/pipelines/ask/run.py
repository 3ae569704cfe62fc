"""``scenewright ask``: answers questions about a scene, and marks what the answers cite."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scenewright.models import Answer
from scenewright.pipelines.ask.settings import AskSettings
from scenewright.pipelines.pictures.marked_objects import mark_objects, picture_path
from scenewright.pipelines.sources.readers import open_reader


@dataclass(frozen=True, eq=False)
class Asked:
    """Questions about one scene.

    Attributes:
        answers: The answers with the pictures that were written, or None where none was; made one
            by one as they are read.
        is_dialogue: Whether questions are read from the standard input.
    """

    answers: Iterator[tuple[Answer, Path | None]]
    is_dialogue: bool


def ask_run(
    scene: str | Path,
    settings: AskSettings | None = None,
    *,
    question: str | None = None,
    picture: str | Path | None = None,
    overwrite: bool = False,
) -> Asked:
    """Answers one question, or those that are read from the standard input.

    In a dialogue, ``it`` and ``them`` mean the objects of the last answer that cited any; an empty
    line ends it.

    Args:
        scene: Run, scene folder or scene file.
        settings: Model, and whether a picture is written; None takes the defaults.
        question: The question; None = read from the standard input.
        picture: Picture to write, a .png; None = ``runs/NAME-answer.png``, which is replaced.
        overwrite: Whether an existing `picture` may be replaced.

    Raises:
        FormatError: The scene cannot be read, or the picture is no .png.
        OutputError: The picture exists and may not be replaced, or cannot be written.
        UnknownNameError: There is no such model.
    """
    chosen = settings or AskSettings()
    path = picture_path(picture, scene, "answer", overwrite=overwrite)
    loaded, reader = open_reader(scene, chosen.model, chosen.weights)

    def answers() -> Iterator[tuple[Answer, Path | None]]:
        about: tuple[int, ...] = ()
        for text in _lines() if question is None else (question,):
            answer = reader.ask(text, about=about)
            about = answer.ids or about
            drawn = None
            if chosen.draw and answer.ids:
                drawn = mark_objects(
                    loaded, (*answer.ids, *answer.anchors), path,
                    title=answer.question, caption=answer.sentence,
                )  # fmt: skip
            yield answer, drawn

    return Asked(answers(), question is None)


def _lines() -> Iterator[str]:
    """Questions from the standard input, until an empty line or the end."""
    for line in sys.stdin:
        if not line.strip():
            return
        yield line.strip()
