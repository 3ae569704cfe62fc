"""Options that every verb has."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class CommonOptions:
    """Options that every verb has."""

    quiet: bool = False
    """Show results and errors only, no progress."""
    debug: bool = False
    """On an error, show where in the code it arose."""
