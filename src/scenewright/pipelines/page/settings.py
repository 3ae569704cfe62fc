"""The inputs and settings of ``scenewright page``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from scenewright.runs.options import Number, Option, Settings

PORT = 7860


@dataclass(frozen=True, kw_only=True)
class PageInputs:
    """Serves a page on which pictures become scenes, until Ctrl-C.

    Open the address that it shows in a browser. On the page: add pictures, draw boxes or click to
    mark the objects, correct the masks, generate, look at the result, download it. Needs the extra
    'demo'; loads nothing from the network and sends nothing to it.

    Examples: `scenewright page`, `scenewright page --defaults my-run/config.json --port 8000`
    """

    defaults: Annotated[Path | None, Option(metavar="FILE")] = None
    """Settings of generate that the form starts with, such as the config.json of a run."""


@dataclass(frozen=True, kw_only=True)
class PageSettings(Settings):
    """Settings of ``page``."""

    host: Annotated[str, Option(metavar="ADDRESS")] = "127.0.0.1"
    """Address to listen on. With one that other computers reach, only --defaults names weights,
    backends and devices, since the page has no password."""
    port: Number = PORT
    """Port to listen on; 0 takes a free one."""
    max_upload: Annotated[float, Option(metavar="MB")] = 40.0
    """Largest file that may be uploaded, megabytes."""
