"""``scenewright find``: the objects that a phrase means in many scenes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scenewright.core import Progress, no_progress
from scenewright.language.finding import FoundObjects
from scenewright.pipelines.find.settings import FindSettings
from scenewright.pipelines.find.steps import find_in


def find_run(
    phrase: str,
    scenes: Sequence[str | Path] = (),
    settings: FindSettings | None = None,
    *,
    index: str | Path | None = None,
    progress: Progress = no_progress,
) -> FoundObjects:
    """Finds the objects that a phrase means in many scenes.

    Args:
        phrase: The phrase.
        scenes: Runs, scene folders or files, or folders that hold some; none = all of the index.
        settings: How many, and by which model; None takes the defaults.
        index: Folder of the index, which is made or brought up to date; None = nothing is kept.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        ConventionError, FormatError, OutputError, UnknownNameError: See
            `scenewright.pipelines.find.steps.find`.
    """
    chosen = settings or FindSettings()
    return find_in(phrase, scenes, chosen, index=index, progress=progress)
