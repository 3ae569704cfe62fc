"""The scenes in which something is looked for, read from files or from an index that is kept."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scenewright.core import (
    ConventionError,
    FormatError,
    Progress,
    ScenewrightError,
    no_progress,
)
from scenewright.core.wording import counted
from scenewright.io import load_scene
from scenewright.language.finding.packing import SceneEntry, scene_entry
from scenewright.language.finding.store import SceneStore

_INDEX = "scene.json"
_SUFFIXES = (".glb", ".ply", ".json", ".splat")
_FOLDERS = ("assets",)
_SHOWN = 3


@dataclass(frozen=True, eq=False)
class Catalog:
    """Scenes, and what happened when they were opened.

    Attributes:
        entries: The scenes.
        notes: Scenes that were read again, are gone, or could not be read.
        num_read: Scenes that were read from their files.
    """

    entries: tuple[SceneEntry, ...]
    notes: tuple[str, ...]
    num_read: int


def open_catalog(
    scenes: Sequence[str | Path],
    store: SceneStore | None,
    *,
    progress: Progress = no_progress,
) -> Catalog:
    """Opens scenes, from an index where it is up to date.

    A scene that cannot be read is left out with a note.

    Args:
        scenes: Runs, scene folders or files, or folders that hold some; none = all of the index.
        store: The index, which is brought up to date; None = nothing is kept.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        ConventionError: There are neither scenes nor an index.
        FormatError: A path is missing or no scene, none could be read, or the index is damaged.
    """
    if not scenes and store is None:
        raise ConventionError(
            "Where to look", expected="scenes, or --index FOLDER", got="neither",
            do="Give for example: scenewright find \"the red chair\" runs/",
        )  # fmt: skip
    found = [path for given in scenes for path in scenes_at(Path(given))]
    paths = list(dict.fromkeys(os.path.abspath(path) for path in found))
    if store is None:
        return _read_all(paths, progress)
    return _updated(paths, store, progress)


def scenes_at(path: Path) -> list[Path]:
    """The scene at a path, or those in a folder that holds runs, scene folders or files.

    Raises:
        FormatError: There is none.
    """
    if not path.exists():
        raise FormatError(f"{path}", expected="a scene, or a folder of some", got="no such path")
    if _is_scene(path):
        return [path]
    found = [one for one in sorted(path.iterdir()) if _is_scene(one)] if path.is_dir() else []
    if not found:
        raise FormatError(
            f"{path}", expected=f"a run, a scene folder (with {_INDEX}), or a folder of some",
            got="another folder" if path.is_dir() else "another file",
        )  # fmt: skip
    return found


def fingerprint(path: str | Path) -> str | None:
    """What changes when the files of a scene do: their names, sizes and times; None = no scene."""
    where = Path(path)
    if not where.exists():
        return None
    files = [where]
    if where.is_dir():
        folder = next((one for one in (where, where / "scene") if (one / _INDEX).is_file()), None)
        if folder is None:
            return None
        files = [
            one
            for part in (folder, *(folder / name for name in _FOLDERS))
            if part.is_dir()
            for one in sorted(part.iterdir())
            if one.is_file()
        ]
    told = hashlib.blake2b(digest_size=16)
    for file in files:
        state = file.stat()
        told.update(f"{file.name}\0{state.st_size}\0{state.st_mtime_ns}\n".encode())
    return told.hexdigest()


def _is_scene(path: Path) -> bool:
    if path.is_dir():
        return any((one / _INDEX).is_file() for one in (path, path / "scene"))
    return path.suffix.lower() in _SUFFIXES


def _read_all(paths: Sequence[str], progress: Progress) -> Catalog:
    entries, failed = [], []
    for done, path in enumerate(paths, start=1):
        try:
            entries.append(scene_entry(path, load_scene(path)))
        except ScenewrightError as error:
            failed.append((path, str(error)))
        progress("read scenes", done, len(paths), "scenes")
    _check_any(entries, failed)
    return Catalog(tuple(entries), _left_out(failed), len(entries))


def _updated(paths: Sequence[str], store: SceneStore, progress: Progress) -> Catalog:
    """Brings an index up to date, and reads from it."""
    known = store.fingerprints()
    looked_at = list(paths) or sorted(known)
    changed, gone, failed, num_read = [], [], [], 0
    for done, path in enumerate(looked_at, start=1):
        state = fingerprint(path)
        if state is None:
            gone.append(path)
            store.drop(path)
        elif known.get(path) != state:
            try:
                store.put(scene_entry(path, load_scene(path)), state)
            except ScenewrightError as error:
                store.drop(path)
                failed.append((path, str(error)))
            else:
                num_read += 1
                changed += [path] if path in known else []
        progress("read scenes", done, len(looked_at), "scenes")
    entries = store.entries(set(looked_at))
    _check_any(entries, failed)
    notes = [
        f"{counted(len(listed), 'scene')} {what}: {_listed(listed)}."
        for listed, what in (
            (changed, "changed since the index was made, and read again"),
            (gone, "no longer there, and left out of the index"),
        )
        if listed
    ]
    return Catalog(tuple(entries), (*notes, *_left_out(failed)), num_read)


def _check_any(entries: Sequence[SceneEntry], failed: Sequence[tuple[str, str]]) -> None:
    if not entries and failed:
        raise FormatError(
            f"None of {counted(len(failed), 'scene')} could be read", got=failed[0][1]
        )  # fmt: skip


def _left_out(failed: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(f"Left out, since it cannot be read: {reason}" for _, reason in failed)


def _listed(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return ", ".join(shown_path(path) for path in paths[:_SHOWN]) + more


def shown_path(path: str) -> str:
    """A path relative to the working folder if it lies within."""
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative
