"""Named arrays in numpy's `.npz`, without pickle."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import FormatError
from scenewright.io._common import reading
from scenewright.io.atomic import atomic_file

LARGEST_BYTES = 16 * 2**30
"""A larger file is treated as an attack (a zip bomb) or a mistake."""


def write_npz(
    path: str | os.PathLike[str], arrays: Mapping[str, NDArray[Any]], *, compress: bool = False
) -> None:
    """Writes named arrays, atomically.

    Args:
        path: The `.npz` file.
        arrays: Arrays of numbers by name.
        compress: Whether to compress them.

    Raises:
        FormatError: An array contains Python objects.
    """
    for name, array in arrays.items():
        if array.dtype.hasobject:
            raise FormatError(
                f"Cannot write {path}", expected="arrays of numbers", got=f"objects in {name}"
            )
    with atomic_file(path) as stream:
        save = np.savez_compressed if compress else np.savez
        save(stream, **dict(arrays))  # type: ignore[arg-type]


def read_npz(
    path: str | os.PathLike[str], *, required: Sequence[str], optional: Sequence[str] = ()
) -> dict[str, NDArray[Any]]:
    """Reads named arrays of a file, and no others.

    Args:
        path: The `.npz` file.
        required: Names of arrays that must exist.
        optional: Names of arrays that are read if they exist.

    Raises:
        FormatError: The file is missing or damaged, lacks a required array, needs pickle, or
            would unpack to more than `LARGEST_BYTES`.
    """
    with reading(path, "npz file"):
        with zipfile.ZipFile(path) as archive:
            total = sum(entry.file_size for entry in archive.infolist())
        if total > LARGEST_BYTES:
            raise FormatError(
                f"{path}",
                expected=f"at most {LARGEST_BYTES / 2**30:.0f} GiB unpacked",
                got=f"{total / 2**30:.1f} GiB",
            )
        with np.load(path, allow_pickle=False) as archive:
            missing = sorted(set(required) - set(archive.files))
            if missing:
                raise FormatError(
                    f"{path}",
                    expected=f"the arrays {', '.join(required)}",
                    got=f"none called {', '.join(missing)}",
                )
            wanted = [*required, *(name for name in optional if name in archive.files)]
            return {name: archive[name] for name in wanted}
