"""How ``scenewright ask`` shows answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from scenewright.runs.printer import Printer

if TYPE_CHECKING:
    from pathlib import Path

    from scenewright.models import Answer
    from scenewright.pipelines.ask.run import Asked
    from scenewright.pipelines.ask.settings import AskSettings


def show(asked: Asked, settings: AskSettings, out: Printer) -> int:
    """Shows each answer, its objects, and how it was found; returns 1 if the only one has none."""
    if asked.is_dialogue and not settings.json and not out.quiet:
        out.write("Ask a question in English; an empty line ends.")
    found = True
    for answer, picture in asked.answers:
        found = answer.is_found
        if settings.json:
            out.write(json.dumps(_as_dict(answer, picture), ensure_ascii=False))
        else:
            _show_answer(answer, picture, out)
    return 0 if asked.is_dialogue or found else 1


def _show_answer(answer: Answer, picture: Path | None, out: Printer) -> None:
    out.write(answer.sentence)
    if answer.ids:
        out.write(f"objects: {', '.join(map(str, answer.ids))}")
    if answer.steps:
        out.write("why:")
    for step in answer.steps:
        out.write(f"  {step.text}")
    for note in answer.notes:
        out.write(f"note: {note}")
    if picture is not None:
        out.write(f"picture: {picture}")


def _as_dict(answer: Answer, picture: Path | None) -> dict[str, Any]:
    return {
        "question": answer.question,
        "text": answer.text,
        "sentence": answer.sentence,
        "kind": answer.kind,
        "ids": list(answer.ids),
        "steps": [{"text": step.text, "ids": list(step.ids)} for step in answer.steps],
        "notes": list(answer.notes),
        "is_found": answer.is_found,
        "picture": None if picture is None else str(picture),
    }
