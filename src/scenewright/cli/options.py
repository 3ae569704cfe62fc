"""Options that every verb has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

Metres = Annotated[float | None, tyro.conf.arg(metavar="METRES")]
Count = Annotated[int | None, tyro.conf.arg(metavar="N")]
Name = Annotated[str | None, tyro.conf.arg(metavar="NAME")]
CaptureFolder = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="CAPTURE")]


@dataclass(frozen=True, kw_only=True)
class CommonOptions:
    """Options that every verb has."""

    quiet: bool = False
    """Show results and errors only, no progress."""
    debug: bool = False
    """On an error, show where in the code it arose."""
