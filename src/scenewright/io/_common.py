"""Helpers of readers and writers: names of files, and errors that name the file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from scenewright.core import FormatError, ScenewrightError
from scenewright.core.conventions import ARBITRARY, METER
from scenewright.core.optional import UPDATE_HINT

_NAME_LENGTH = 60


def instance_name(instance_id: int, label: str) -> str:
    """The name of an instance's node or file, such as ``007_chair``.

    Letters of all alphabets are kept; other characters become ``_``.
    """
    word = re.sub(r"\W+", "_", label).strip("_")[:_NAME_LENGTH]
    return f"{instance_id:03d}_{word or 'object'}"


@contextmanager
def reading(path: str | os.PathLike[str], kind: str) -> Iterator[None]:
    """Converts every exception that a damaged file causes into an error that names the file.

    Args:
        path: The file.
        kind: What it should be, such as ``"PLY file"``.

    Raises:
        FormatError: It is missing, unreadable or damaged.
    """
    try:
        yield
    except FormatError:
        raise
    except FileNotFoundError as error:
        raise FormatError(f"{path}", expected=f"a {kind}", got="no such path") from error
    except (ScenewrightError, MemoryError) as error:
        raise FormatError(f"{path} is not a valid {kind}: {error}") from error
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise FormatError(
            f"{path}", expected=f"a {kind}", got=f"one that cannot be read ({reason})"
        ) from error


def metric_unit(record: Mapping[str, Any]) -> bool:
    """Whether the unit of length that a file states is the meter; files without one are metric.

    Raises:
        ValueError: It is neither the meter nor arbitrary.
    """
    unit = record.get("unit", METER)
    if unit not in (METER, ARBITRARY):
        raise ValueError(f"unit {unit!r}, which is neither {METER!r} nor {ARBITRARY!r}")
    return bool(unit == METER)


def member_path(folder: Path, name: object, *, owner: Path) -> Path:
    """The file `name` in `folder`; refuses names that point outside of it.

    Args:
        folder: Folder that must contain the file, at any depth.
        name: Relative path as found in a file.
        owner: The file that contains the name, for the message.

    Raises:
        FormatError: The name is not text, is absolute, or leads out of the folder, also by a link.
    """
    inside = False
    if isinstance(name, str) and name and "\\" not in name and ":" not in name:
        parts = PurePosixPath(name)
        inside = not parts.is_absolute() and ".." not in parts.parts
        inside = inside and (folder / name).resolve().is_relative_to(folder.resolve())
    if not inside:
        raise FormatError(
            f"{owner} names the file {name!r}", expected=f"a relative path below {folder}"
        )
    return folder / str(name)


def check_version(path: str | os.PathLike[str], found: object, *, version: int) -> None:
    """Checks that a file has the format version that this release reads.

    Args:
        path: The file, for the message.
        found: Version in the file.
        version: Version that this release reads.

    Raises:
        FormatError: It is another version, or not an integer.
    """
    is_number = isinstance(found, int) and not isinstance(found, bool)
    if is_number and found == version:
        return
    do = None
    if isinstance(found, int) and is_number and found > version:
        do = UPDATE_HINT
    elif isinstance(found, int) and is_number and found >= 1:
        do = "It was written by an older release and cannot be read by this one; create it again."
    raise FormatError(
        f"{path} has another format version",
        expected=f"version {version}",
        got="none" if found is None else f"version {found}",
        do=do,
    )
