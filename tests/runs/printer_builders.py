"""A printer that keeps what it is shown."""

from __future__ import annotations

from collections.abc import Sequence


class PrintedText:
    """Keeps lines, tables, warnings and errors.

    Args:
        quiet: Whether only results are shown.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet
        self.lines: list[str] = []
        self.tables: list[list[tuple[str, ...]]] = []
        self.warnings: list[str] = []
        self.errors: list[str] = []

    def write(self, text: str = "", *, style: str = "") -> None:
        """Keeps lines of text."""
        self.lines += text.split("\n")

    def warn(self, text: str) -> None:
        """Keeps a warning."""
        self.warnings.append(text)

    def complain(self, text: str) -> None:
        """Keeps an error."""
        self.errors.append(text)

    def table(
        self, columns: Sequence[str], rows: Sequence[Sequence[str]], *, title: str | None = None
    ) -> None:
        """Keeps headings and rows."""
        self.tables.append([tuple(columns), *map(tuple, rows)])
