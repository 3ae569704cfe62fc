"""Files and folders that are written completely or not at all.

Everything is first written under a hidden name next to its destination, flushed to disk, and
renamed when it is complete. A crash, a full disk or Ctrl-C never leaves a partial output under the
final name and never damages an existing one.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from scenewright.core import OutputError
from scenewright.io._write_errors import translated

_UNFINISHED = ".part"


@contextmanager
def atomic_file(path: str | os.PathLike[str], *, overwrite: bool = True) -> Iterator[BinaryIO]:
    """Opens a file for writing bytes that replaces `path` when the block ends without an error.

    Args:
        path: Destination; missing parent folders are created.
        overwrite: Whether an existing file may be replaced.

    Raises:
        OutputError: The file exists and may not be replaced, the path is not writable, or the
            disk is full. Nothing new is left behind.
    """
    target = Path(os.path.realpath(path))
    check_new_file(path, overwrite=overwrite)
    with translated(Path(path), temporary := _sibling(target)):
        made = _make_parents(target)
        try:
            with open(temporary, "xb") as stream:
                yield stream
                stream.flush()
                if not _in_unfinished(target):
                    os.fsync(stream.fileno())
            os.replace(temporary, target)
        except BaseException as error:
            _note_written(error, temporary)
            temporary.unlink(missing_ok=True)
            _remove_empty(made)
            raise
        if not _in_unfinished(target):
            _sync_folder(target.parent)


@dataclass(frozen=True)
class FolderState:
    """Which folder lies at a path, so that one that another process puts there is noticed.

    Attributes:
        identity: Device and number of the folder, or None if there is none or it is empty.
    """

    identity: tuple[int, int] | None

    @classmethod
    def of(cls, path: str | os.PathLike[str]) -> FolderState:
        """The state of a path now."""
        target = Path(os.path.realpath(path))
        if not target.is_dir() or not any(target.iterdir()):
            return cls(None)
        found = target.stat()
        return cls((found.st_dev, found.st_ino))


@contextmanager
def atomic_folder(
    path: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    marker: str | None = None,
    marker_format: str | None = None,
    seen: FolderState | None = None,
) -> Iterator[Path]:
    """Creates a temporary folder that becomes `path` when the block ends without an error.

    An existing empty folder counts as absent.

    Args:
        path: Destination; missing parent folders are created.
        overwrite: Whether an existing folder may be replaced. The old one is kept until the new
            one is complete.
        marker: Name of a file that all folders of this kind contain, such as ``"scene.json"``.
            An existing folder without it is never replaced.
        marker_format: Value of ``"format"`` in that file, if it is JSON: the same name in another
            program's folder is no permission to replace it.
        seen: What lay at the path when it was checked; None stands for now.

    Yields:
        The folder to write into.

    Raises:
        OutputError: The folder exists and may not be replaced, the path is not writable, or the
            disk is full; nothing new is left behind. Or another process has written the folder
            since it was seen; then the new one is kept under another name, which is in the error.
    """
    target = Path(os.path.realpath(path))
    if seen is None or seen == FolderState.of(target):
        check_replaceable(path, overwrite=overwrite, marker=marker, marker_format=marker_format)
    seen = seen or FolderState.of(target)
    with translated(Path(path), temporary := _sibling(target)):
        made = _make_parents(target)
        try:
            temporary.mkdir()
            yield temporary
            _sync_tree(temporary)
            if seen != FolderState.of(target):
                raise _kept_elsewhere(temporary, target)
            _swap(temporary, target)
        except BaseException as error:
            _note_written(error, temporary)
            shutil.rmtree(temporary, ignore_errors=True)
            _remove_empty(made)
            raise
        _sync_folder(target.parent)


@contextmanager
def staging_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Creates a temporary folder next to a path, for files that are moved there when all are whole.

    It is removed when the block ends; what was not moved out of it is lost.

    Args:
        path: The folder that the files are moved to; missing parent folders are created.

    Raises:
        OutputError: The path is not writable, or the disk is full.
    """
    target = Path(os.path.realpath(path))
    with translated(Path(path), temporary := _sibling(target)):
        made = _make_parents(target)
        try:
            temporary.mkdir()
            yield temporary
        except BaseException as error:
            _note_written(error, temporary)
            _remove_empty(made)
            raise
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def write_bytes(path: str | os.PathLike[str], data: bytes, *, overwrite: bool = True) -> None:
    """Writes a file atomically; see `atomic_file`."""
    with atomic_file(path, overwrite=overwrite) as stream:
        stream.write(data)


def write_text(path: str | os.PathLike[str], text: str, *, overwrite: bool = True) -> None:
    """Writes a UTF-8 text file atomically; see `atomic_file`."""
    write_bytes(path, text.encode("utf-8"), overwrite=overwrite)


def check_new_file(path: str | os.PathLike[str], *, overwrite: bool) -> None:
    """Raises unless `atomic_file` may write a file, before the work that makes it.

    Raises:
        OutputError: The path is a folder, or the file exists and may not be replaced.
    """
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise OutputError(f"Cannot write {path}", expected="a file", got="a folder of that name")
    if not overwrite and target.exists():
        raise _exists(Path(path), "file")


def _exists(path: Path, kind: str) -> OutputError:
    return OutputError(
        f"Cannot write {path}",
        expected=f"a {kind} that does not exist yet",
        got=f"an existing {kind}",
        do="Choose another name, or add --overwrite (overwrite=True) to replace it.",
    )


def check_replaceable(
    path: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    marker: str | None = None,
    marker_format: str | None = None,
) -> None:
    """Raises unless `atomic_folder` could make a folder: what would fail after the work fails now.

    Args:
        path: The folder to make.
        overwrite: Whether an existing folder may be replaced.
        marker: Name of a file that every folder of this kind holds.
        marker_format: Value of ``"format"`` in that file, if it is JSON.

    Raises:
        OutputError: The folder exists and may not be replaced, holds something else, is in use, or
            its parent cannot be written.
    """
    target = Path(os.path.realpath(path))
    _check_writable(path, target)
    if not target.exists():
        return
    if not target.is_dir():
        raise OutputError(f"Cannot write {path}", expected="a folder", got="a file of that name")
    if not any(target.iterdir()):
        return
    if not overwrite:
        raise _exists(Path(path), "folder")
    if marker is not None and not (target / marker).is_file():
        raise OutputError(
            f"Will not replace {path}",
            expected=f"a folder written by Scenewright (with {marker})",
            got=f"a folder without {marker}",
            do="Choose another name, or delete that folder yourself.",
        )
    if marker is not None and marker_format is not None:
        _check_marker(path, target / marker, marker_format)
    here = Path.cwd().resolve()
    if target == here or target in here.parents:
        raise OutputError(
            f"Will not replace {path}",
            expected="a folder that is not in use",
            got="the current folder or one above it",
            do="Choose another name.",
        )


def _check_marker(path: str | os.PathLike[str], marker: Path, marker_format: str) -> None:
    try:
        value = json.loads(marker.read_text("utf-8-sig"))
    except (OSError, ValueError):
        value = None
    if not isinstance(value, dict) or value.get("format") != marker_format:
        raise OutputError(
            f"Will not replace {path}",
            expected=f'a folder written by Scenewright ({marker.name} with "{marker_format}")',
            got=f"a folder whose {marker.name} is damaged or from another program",
            do="Choose another name, or delete that folder yourself.",
        )


def _check_writable(path: str | os.PathLike[str], target: Path) -> None:
    parent = next(folder for folder in target.parents if folder.exists())
    if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
        raise OutputError(
            f"Cannot write {path}",
            expected="a folder that can be written to",
            got=f"no permission to write to {parent}" if parent.is_dir() else f"the file {parent}",
            do="Choose another folder.",
        )


def remove_unfinished(path: str | os.PathLike[str]) -> None:
    """Removes the temporary files of a killed process that was writing a file or folder.

    No other process may be writing it.

    Args:
        path: The final path of the file or folder, which itself is not touched.
    """
    target = Path(os.path.realpath(path))
    name = re.compile(rf"\.{re.escape(_stem(target))}\.[0-9a-f]{{8}}{re.escape(_UNFINISHED)}")
    if not target.parent.is_dir():
        return
    for sibling in target.parent.iterdir():
        if name.fullmatch(sibling.name):
            if sibling.is_dir():
                shutil.rmtree(sibling, ignore_errors=True)
            else:
                sibling.unlink(missing_ok=True)


def _sibling(target: Path) -> Path:
    """A hidden name in the same folder, so that the final rename stays on one file system."""
    return target.with_name(f".{_stem(target)}.{secrets.token_hex(4)}{_UNFINISHED}")


def _stem(target: Path) -> str:
    """The name, truncated so that it fits with our suffix into the 255 bytes of a file name."""
    return target.name.encode()[:200].decode(errors="ignore")


def _in_unfinished(target: Path) -> bool:
    """Whether the file is inside of an `atomic_folder`, which flushes all of its files."""
    return any(p.name.startswith(".") and p.name.endswith(_UNFINISHED) for p in target.parents)


def _make_parents(target: Path) -> list[Path]:
    """Creates the missing parents of `target` and returns them, deepest first."""
    missing = [folder for folder in target.parents if not folder.exists()]
    target.parent.mkdir(parents=True, exist_ok=True)
    return missing


def _remove_empty(folders: list[Path]) -> None:
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def _swap(temporary: Path, target: Path) -> None:
    """Renames `temporary` to `target`; an existing target is removed only after that worked."""
    if not target.exists():
        os.rename(temporary, target)
        return
    old = _sibling(target)
    os.rename(target, old)
    try:
        os.rename(temporary, target)
    except BaseException:
        os.rename(old, target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _kept_elsewhere(temporary: Path, target: Path) -> OutputError:
    """Gives a complete folder a free name, and says so."""
    names = (target.with_name(f"{target.name}-{number}") for number in range(2, 1000))
    kept = next(name for name in names if not name.exists())
    os.rename(temporary, kept)
    return OutputError(
        f"Cannot write {target}",
        expected="the folder as it was when this run began",
        got="one that another run has written since",
        do=f"The output of this run is in {kept}; give runs at the same time different names.",
    )


def _sync_tree(folder: Path) -> None:
    for parent, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(parent, name), "rb+") as stream:
                os.fsync(stream.fileno())
        _sync_folder(Path(parent))


def _sync_folder(folder: Path) -> None:
    # Windows cannot sync a folder; its rename is durable without that.
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _note_written(error: BaseException, temporary: Path) -> None:
    """Stores on `error` how many bytes had been written when it occurred, for the message."""
    with suppress(OSError, AttributeError):
        files = temporary.rglob("*") if temporary.is_dir() else [temporary]
        error.written_bytes = sum(file.stat().st_size for file in files)  # type: ignore[attr-defined]
