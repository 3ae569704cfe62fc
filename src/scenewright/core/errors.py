"""Errors shown to users: what is wrong, what was expected, what was found, and how to fix it."""

from __future__ import annotations


class ScenewrightError(Exception):
    """Base of every error that Scenewright raises on purpose.

    Args:
        what: What is wrong; names the file or the argument.
        expected: What would have been valid.
        got: What was found instead.
        do: How to fix it.
    """

    def __init__(
        self,
        what: str,
        *,
        expected: str | None = None,
        got: str | None = None,
        do: str | None = None,
    ) -> None:
        self.what = what
        self.expected = expected
        self.got = got
        self.do = do
        super().__init__(self._text())

    def _text(self) -> str:
        facts = [
            f"{word} {value}"
            for word, value in (("expected", self.expected), ("got", self.got))
            if value is not None
        ]
        text = self.what if not facts else f"{self.what}: {', '.join(facts)}"
        if self.do is None:
            return text
        return f"{text}. {self.do}"


class ShapeError(ScenewrightError, ValueError):
    """An array has the wrong shape, type or length."""


class ConventionError(ScenewrightError, ValueError):
    """A value violates a convention: a pose that is not rigid, an id below 1, a score above 1."""


class CaptureError(ScenewrightError):
    """A capture cannot be read, or its contents cannot be used."""


class FormatError(ScenewrightError):
    """A file does not have the format that its name or header claims."""


class OutputError(ScenewrightError):
    """A file or folder cannot be written: it exists, is in a read-only folder, the disk is full."""


class WeightsError(ScenewrightError):
    """Model weights are missing, damaged or refused."""


class MissingExtraError(ScenewrightError, ImportError):
    """An optional package is required but not installed."""


class UnknownNameError(ScenewrightError, KeyError):
    """The name of a backend, a preset, a format or the like is unknown."""

    __str__ = Exception.__str__
