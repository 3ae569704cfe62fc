"""Id maps and embeddings of their masks, in files as other segmenters write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from scenewright.core import FormatError, WeightsError, require
from scenewright.io.id_maps import read_id_map

ID_SUFFIXES = (".png", ".npy")
"""Suffixes of id maps."""

EMBEDDING_SUFFIXES = (".npy", ".npz", ".safetensors", ".pt")
"""Suffixes of embedding tables, in order of preference."""

_ARRAY_NAME = "embeddings"


def read_id_map_file(path: Path) -> NDArray[np.int32]:
    """Reads an id map: a single-channel PNG of 8 or 16 bits, or an integer .npy array.

    Args:
        path: The file. In a PNG with a palette, the palette indices are the ids.

    Returns:
        (H, W) int32, 0 = no mask.

    Raises:
        FormatError: The file cannot be read or does not hold ids.
    """
    ids: NDArray[Any]
    if path.suffix.lower() == ".npy":
        ids = _read_npy(path)
        if ids.ndim != 2 or ids.dtype.kind not in "iub":
            raise FormatError(
                f"Id map {path}",
                expected="an (H, W) array of integers",
                got=f"{ids.shape} {ids.dtype}",
                do="Save ids, not probabilities: ids.astype(numpy.uint16).",
            )
    else:
        ids = read_id_map(path)
    if ids.size and (int(ids.min()) < 0 or int(ids.max()) >= 2**31):
        expected = "ids from 0 to 2147483647"
        raise FormatError(f"Id map {path}", expected=expected, got=f"{ids.min()} to {ids.max()}")
    return ids.astype(np.int32)


def _read_npy(path: Path) -> NDArray[Any]:
    try:
        array = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise FormatError(
            f"{path}", expected="a .npy array", got=f"a file that cannot be read ({error})"
        ) from error
    if not isinstance(array, np.ndarray):
        array.close()
        raise FormatError(f"{path}", expected="a .npy array", got="an archive of arrays")
    return array


def read_embeddings(path: Path, *, allow_torch_load: bool = False) -> NDArray[np.float32]:
    """Reads the embeddings of one frame and normalizes each row to length 1.

    Args:
        path: A .npy array, a .npz or .safetensors file with one array (or one named "embeddings"),
            or a .pt tensor.
        allow_torch_load: Whether to read .pt files, which are pickles, with torch's restricted
            loader.

    Returns:
        (K, D) float32 unit vectors; row r belongs to mask id r + 1.

    Raises:
        WeightsError: A .pt file without `allow_torch_load`.
        FormatError: The file cannot be read, or a row is zero or not finite.
    """
    readers = {".npy": _read_npy, ".npz": _read_npz, ".safetensors": _read_safetensors}
    suffix = path.suffix.lower()
    if suffix == ".pt":
        table = _read_torch(path, allow_torch_load)
    else:
        table = readers[suffix](path)
    if table.ndim != 2 or table.dtype.kind not in "fiu":
        got = f"{table.shape} {table.dtype}"
        raise FormatError(f"Embeddings {path}", expected="a (K, D) array of numbers", got=got)
    vectors: NDArray[np.float32] = table.astype(np.float32)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(norms).all() or (norms <= 0).any():
        bad = int(np.flatnonzero(~np.isfinite(norms[:, 0]) | (norms[:, 0] <= 0))[0])
        raise FormatError(
            f"Embeddings {path}",
            expected="finite vectors longer than 0",
            got=f"length {norms[bad, 0]:g} in row {bad}",
        )
    vectors /= norms
    return vectors


def _read_npz(path: Path) -> NDArray[Any]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            return _only_array(path, {name: archive[name] for name in archive.files})
    except (OSError, ValueError, EOFError, AttributeError, BadZipFile) as error:
        raise FormatError(
            f"Embeddings {path}",
            expected="a .npz archive",
            got=f"a file that cannot be read ({error})",
        ) from error


def _read_safetensors(path: Path) -> NDArray[Any]:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        arrays = load_file(path)
    except (SafetensorError, OSError, KeyError, TypeError) as error:
        raise FormatError(
            f"Embeddings {path}",
            expected="a .safetensors file with dtypes that numpy supports",
            got=f"a file that cannot be read ({error})",
        ) from error
    return _only_array(path, arrays)


def _only_array(path: Path, arrays: dict[str, NDArray[Any]]) -> NDArray[Any]:
    if _ARRAY_NAME in arrays:
        return arrays[_ARRAY_NAME]
    if len(arrays) != 1:
        raise FormatError(
            f"Embeddings {path}",
            expected=f"one array, or one named '{_ARRAY_NAME}'",
            got=f"{len(arrays)}: {', '.join(sorted(arrays))}",
        )
    return next(iter(arrays.values()))


def _read_torch(path: Path, allow_torch_load: bool) -> NDArray[Any]:
    if not allow_torch_load:
        raise refuse_pickle(path)
    torch = require("torch", extra="torch")
    try:
        tensor = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        # torch raises its own unpickling errors, and RuntimeError for a damaged archive.
        raise FormatError(
            f"Embeddings {path}", expected="a saved tensor", got=f"{type(error).__name__}: {error}"
        ) from error
    if not isinstance(tensor, torch.Tensor):
        got = type(tensor).__name__
        raise FormatError(f"Embeddings {path}", expected="a saved tensor", got=got)
    array: NDArray[Any] = tensor.detach().to(torch.float32).numpy()
    return array


def refuse_pickle(path: Path) -> WeightsError:
    """The error for a .pt file when `allow_torch_load` is not set."""
    return WeightsError(
        f"Embeddings {path}",
        expected=".npy, .npz or .safetensors",
        got="a pickle (.pt)",
        do=(
            "If you trust its source, set allow_torch_load=True (reads tensors only); "
            "or set use_embeddings=False."
        ),
    )
