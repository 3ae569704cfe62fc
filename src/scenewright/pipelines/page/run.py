"""``scenewright page``: starts the server of the page."""

from __future__ import annotations

from pathlib import Path

from scenewright.core import require
from scenewright.pipelines.page.form import read_defaults
from scenewright.pipelines.page.serving import EXTRA, PageServer
from scenewright.pipelines.page.settings import PageSettings


def page_run(
    defaults: str | Path | None = None, settings: PageSettings | None = None
) -> PageServer:
    """Starts a page on which pictures become scenes.

    Args:
        defaults: Settings file of ``generate`` with the values that the form starts with.
        settings: Where it listens; None takes the defaults.

    Returns:
        The running server: ``with sw.page_run() as server: server.wait()``.

    Raises:
        MissingExtraError: The extra ``demo`` is not installed.
        FormatError: The settings file cannot be read.
        ConventionError: A setting is out of range.
        OutputError: The port is taken, or the address is not one of this computer.
    """
    require("gradio", extra=EXTRA)
    values = read_defaults(None if defaults is None else Path(defaults))
    return PageServer(settings or PageSettings(), values)
