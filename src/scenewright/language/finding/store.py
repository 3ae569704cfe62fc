"""The index on disk: one SQLite file with the facts and vectors of many scenes.

    index.sqlite    scenes: path, fingerprint, arrays, words; word vectors of encoders

A change is one transaction, so an interrupted one leaves the older state.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenewright.core import FormatError, OutputError
from scenewright.language.finding.descriptors import VERSION as DESCRIPTOR_VERSION
from scenewright.language.finding.packing import SceneEntry, pack_entry, unpack_entry

INDEX_FILE = "index.sqlite"
FORMAT = "scenewright-find-index"
VERSION = f"1.{DESCRIPTOR_VERSION}"
_WAIT_S = 30.0
"""How long another process may hold the file."""
_TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE scenes (
    path TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, arrays BLOB NOT NULL, words TEXT NOT NULL
);
CREATE TABLE word_vectors (
    model TEXT NOT NULL, word TEXT NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (model, word)
);
"""


class SceneStore:
    """The index of a folder; made if there is none.

    Args:
        folder: Holds nothing but the index.

    Raises:
        FormatError: The file is damaged, no index, or of another version.
        OutputError: The folder holds other files, or cannot be written.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.path = Path(folder) / INDEX_FILE
        is_new = not self.path.exists()
        if is_new:
            self._make_folder(Path(folder))
        with self._told():
            self._database = sqlite3.connect(self.path, timeout=_WAIT_S)
            if is_new:
                with self._database:
                    self._database.executescript(_TABLES)
                    rows = [("format", FORMAT), ("version", VERSION)]
                    self._database.executemany("INSERT INTO facts VALUES (?, ?)", rows)
            found = dict(self._database.execute("SELECT name, value FROM facts").fetchall())
        if found.get("format") != FORMAT or found.get("version") != VERSION:
            self.close()
            raise FormatError(
                f"{self.path}", expected=f"{FORMAT} {VERSION}",
                got=f"{found.get('format', 'no format')} {found.get('version', '')}".strip(),
                do="Delete the folder; it is made anew from the scenes.",
            )  # fmt: skip

    def close(self) -> None:
        """Releases the file."""
        self._database.close()

    def fingerprints(self) -> dict[str, str]:
        """The fingerprint of each scene by its path."""
        with self._told():
            return dict(self._database.execute("SELECT path, fingerprint FROM scenes").fetchall())

    def put(self, entry: SceneEntry, fingerprint: str) -> None:
        """Adds or replaces a scene.

        Args:
            entry: The scene.
            fingerprint: State of its files, see `fingerprints`.
        """
        arrays, words = pack_entry(entry)
        row = (entry.path, fingerprint, arrays, words)
        with self._told(), self._database:
            self._database.execute("INSERT OR REPLACE INTO scenes VALUES (?, ?, ?, ?)", row)

    def drop(self, path: str) -> None:
        """Forgets a scene, if it is known."""
        with self._told(), self._database:
            self._database.execute("DELETE FROM scenes WHERE path = ?", (path,))

    def entries(self, paths: Collection[str] | None = None) -> list[SceneEntry]:
        """The scenes in the order of their paths.

        Args:
            paths: Only these; None = all.

        Raises:
            FormatError: An entry is damaged.
        """
        with self._told():
            rows = self._database.execute(
                "SELECT path, arrays, words FROM scenes ORDER BY path"
            ).fetchall()
        return [unpack_entry(*row) for row in rows if paths is None or row[0] in paths]

    def word_vectors(self, model: str, words: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Vectors of words that were kept before."""
        with self._told():
            rows = self._database.execute(
                "SELECT word, vector FROM word_vectors WHERE model = ?", (model,)
            ).fetchall()
        wanted = set(words)
        return {word: np.frombuffer(raw, np.float32) for word, raw in rows if word in wanted}

    def put_word_vectors(
        self, model: str, words: Sequence[str], vectors: NDArray[np.float32]
    ) -> None:
        """Keeps the (M, D) vectors of M words."""
        rows = [
            (model, word, vector.astype(np.float32).tobytes())
            for word, vector in zip(words, vectors, strict=True)
        ]
        with self._told(), self._database:
            self._database.executemany(
                "INSERT OR REPLACE INTO word_vectors VALUES (?, ?, ?)", rows
            )  # fmt: skip

    def _make_folder(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            others = sorted(entry.name for entry in folder.iterdir())
        except OSError as error:
            raise OutputError(
                f"Cannot write {folder}", expected="a folder for the index",
                got=error.strerror or str(error),
            ) from error  # fmt: skip
        if others:
            raise OutputError(
                f"Will not write into {folder}", expected="an index or a new folder",
                got=f"other files, such as {others[0]}", do="Choose another folder for --index.",
            )  # fmt: skip

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turns errors of SQLite into errors of the package."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise OutputError(
                f"Cannot use {self.path}", expected="a file that can be read and written",
                got=str(error),
            ) from error  # fmt: skip
        except sqlite3.DatabaseError as error:
            with contextlib.suppress(AttributeError):
                self._database.close()
            raise FormatError(
                f"{self.path}", expected="an index of 'scenewright find'", got=str(error),
                do="Delete the folder; it is made anew from the scenes.",
            ) from error  # fmt: skip
