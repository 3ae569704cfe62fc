"""Failures to write an output as errors that say what to do."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scenewright.core import OutputError, ScenewrightError

_DISK_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
_CHAIN_LIMIT = 20
"""Causes of an exception to inspect; libraries wrap a full disk in their own errors."""


@contextmanager
def translated(path: Path, temporary: Path) -> Iterator[None]:
    """Converts failures to write below `temporary`, and no others, to `OutputError`."""
    try:
        yield
    except ScenewrightError:
        raise
    except Exception as error:
        cause = _system_error(error)
        if cause is None:
            raise
        if cause.errno in _DISK_FULL:
            raise _disk_full(path, temporary, getattr(error, "written_bytes", 0)) from error
        if not _is_ours(cause, path, temporary):
            # For example, an input that the block could not read.
            raise
        raise OutputError(
            f"Cannot write {path}",
            expected="a writable path",
            got=cause.strerror or str(cause),
            do="Choose another path, or change its permissions.",
        ) from error


def _is_ours(error: OSError, path: Path, temporary: Path) -> bool:
    """Whether the error is about the output itself or about a folder above it."""
    if error.filename is None:
        return False
    named = Path(os.path.realpath(os.fsdecode(error.filename)))
    outputs = (temporary, *temporary.parents, Path(os.path.realpath(path)))
    return named in outputs or temporary in named.parents


def _system_error(error: BaseException | None) -> OSError | None:
    """The OSError in a chain of exceptions; a full disk takes precedence."""
    found: list[OSError] = []
    for _ in range(_CHAIN_LIMIT):
        if error is None:
            break
        if isinstance(error, OSError):
            found.append(error)
        error = error.__cause__ or error.__context__
    return next((one for one in found if one.errno in _DISK_FULL), found[0] if found else None)


def _disk_full(path: Path, temporary: Path, written: int) -> OutputError:
    free = shutil.disk_usage(_existing_parent(temporary)).free
    return OutputError(
        f"Cannot write {path}, the disk is full",
        expected=f"room for more than {_megabytes(written)}",
        got=f"{_megabytes(free)} free",
        do="Free some space or choose a path on another disk; nothing was left half-written.",
    )


def _existing_parent(path: Path) -> Path:
    return next(folder for folder in path.parents if folder.exists())


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB"
