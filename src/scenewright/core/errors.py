"""The errors that users meet: what was wrong, what was expected, what was got, and the cure."""

from __future__ import annotations


class ScenewrightError(Exception):
    """Base of every error that Scenewright raises on purpose.

    Args:
        what: What is wrong, naming the file or the argument.
        expected: What would have been right.
        got: What was found instead.
        do: What the user can do about it.
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
    """A value breaks the conventions: a pose that is not rigid, an id below 1, a score above 1."""


class CaptureError(ScenewrightError):
    """A capture cannot be read, or what it holds cannot be used."""


class FormatError(ScenewrightError):
    """A file is not in the format that its name or header claims."""


class OutputError(ScenewrightError):
    """A file or a folder cannot be written: it exists, the place is read-only, the disk is full."""


class WeightsError(ScenewrightError):
    """Model weights are missing, damaged or refused."""


class MissingExtraError(ScenewrightError, ImportError):
    """An optional package is needed and not installed."""


class UnknownNameError(ScenewrightError, KeyError):
    """A name (of a backend, a preset, a format) is not one of the known ones."""

    __str__ = Exception.__str__
