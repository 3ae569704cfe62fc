"""``scenewright models``: which backends there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import tyro

from scenewright.cli.options import CommonOptions

if TYPE_CHECKING:
    from scenewright.cli.terminal import Terminal


@dataclass(frozen=True, kw_only=True)
class Options(CommonOptions):
    """Lists backends, or shows the facts about one.

    Examples: `scenewright models list`, `scenewright models info masks/depth-edges`.
    """

    action: tyro.conf.Positional[Literal["list", "info"]] = "list"
    """What to show."""
    name: tyro.conf.Positional[str] = "*"
    """Name of a backend, or a wildcard such as masks/*."""


def run(options: Options, terminal: Terminal) -> int:
    """Shows a table of backends, or the card of one."""
    from dataclasses import fields

    from scenewright import models

    if options.action == "info":
        card = models.card(options.name)
        facts = [(f.name, getattr(card, f.name)) for f in fields(card)]
        terminal.table(
            ("fact", "value"),
            [(name, "none" if value is None else str(value)) for name, value in facts],
        )
        return 0
    rows = [(name, models.card(name).description) for name in models.available(options.name)]
    terminal.table(("backend", "what it does"), rows)
    return 0
