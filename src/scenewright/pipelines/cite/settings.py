"""The inputs and settings of ``scenewright cite``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from scenewright.runs.options import Option, Settings


@dataclass(frozen=True, kw_only=True)
class CiteInputs:
    """Lists what to cite for a run: this package, the published methods and the mask backend.

    Example: `scenewright cite my-run/ --format bibtex`
    """

    run: Annotated[Path, Option(metavar="RUN", positional=True)]
    """Run folder."""


@dataclass(frozen=True, kw_only=True)
class CiteSettings(Settings):
    """Settings of ``cite``."""

    format: Literal["text", "bibtex"] = "text"
    """Output format: one line of text each, or BibTeX entries."""
