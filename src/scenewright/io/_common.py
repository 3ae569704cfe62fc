"""What every reader and writer needs: names of files, and blame for the right one."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from scenewright.core import FormatError, ScenewrightError

_NAME_LENGTH = 60


def instance_name(instance_id: int, label: str) -> str:
    """The name of an instance's node or file, such as ``007_chair``.

    Letters of every alphabet stay; whatever upsets a file system or a scene tree becomes ``_``.
    """
    word = re.sub(r"\W+", "_", label).strip("_")[:_NAME_LENGTH]
    return f"{instance_id:03d}_{word or 'object'}"


@contextmanager
def reading(path: str | os.PathLike[str], kind: str) -> Iterator[None]:
    """Turns whatever goes wrong while a damaged file is read into an error that names the file.

    Args:
        path: The file.
        kind: What it was taken for, such as ``"PLY file"``.

    Raises:
        FormatError: It is missing, unreadable or damaged.
    """
    try:
        yield
    except FormatError:
        raise
    except FileNotFoundError as error:
        raise FormatError(f"{path}", expected=f"a {kind}", got="nothing of that name") from error
    except (ScenewrightError, MemoryError) as error:
        raise FormatError(f"{path} is no valid {kind}: {error}") from error
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise FormatError(
            f"{path}", expected=f"a {kind}", got=f"one that cannot be read ({reason})"
        ) from error


def member_path(folder: Path, name: object, *, owner: Path) -> Path:
    """The file `name` of `folder`, refused if it would lie anywhere else.

    Args:
        folder: Where the file must lie, at any depth.
        name: Relative path as it was found inside a file.
        owner: The file that holds the name, for the message.

    Raises:
        FormatError: The name is no text, is absolute, climbs out, or is a link that leads out.
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
    """Raises `FormatError` unless a file's format version is the one that this release reads."""
    is_number = isinstance(found, int) and not isinstance(found, bool)
    if is_number and found == version:
        return
    do = None
    if isinstance(found, int) and is_number and found > version:
        do = "Update with: pip install --upgrade scenewright"
    elif isinstance(found, int) and is_number and found >= 1:
        do = "An older release wrote it, and this one does not read it: make it again."
    raise FormatError(
        f"{path} has another format version",
        expected=f"version {version}",
        got="none" if found is None else f"version {found}",
        do=do,
    )
