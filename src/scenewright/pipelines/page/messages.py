"""Errors in the words of a visitor of the page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scenewright.core import ScenewrightError


@contextmanager
def without_folder(folder: Path) -> Iterator[None]:
    """Errors name files as the visitor knows them, not the folder in which they are kept."""
    try:
        yield
    except ScenewrightError as error:
        parts = [error.expected, error.got, error.do]
        what, *rest = (
            None if part is None else part.replace(f"{folder}/", "")
            for part in (error.what, *parts)
        )
        raise type(error)(str(what), expected=rest[0], got=rest[1], do=rest[2]) from error
