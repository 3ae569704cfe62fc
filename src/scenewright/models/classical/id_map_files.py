"""Id maps and embeddings of their masks, in files as other segmenters write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from scenewright.core import FormatError, WeightsError, require
from scenewright.io.id_maps import read_id_map

ID_SUFFIXES = (".png", ".npy", ".npz")
"""Suffixes of id maps."""

MASK_ARRAYS = (
    "masks", "mask", "ids", "id_map", "instance", "instances", "segmentation", "labels", "arr_0",
)  # fmt: skip
"""Usual names of the array of masks in an archive, in order of preference."""

EMBEDDING_SUFFIXES = (".npy", ".npz", ".safetensors", ".pt")
"""Suffixes of embedding tables, in order of preference."""

_TABLE_ARRAYS = ("embeddings",)


def read_stored_masks(path: Path) -> NDArray[Any]:
    """Reads masks as another program stored them.

    Args:
        path: A single-channel PNG of 8 or 16 bits, an array in a .npy file, or a .npz file with one
            array (or one of a usual name). In a PNG with a palette, the palette indices are the
            ids.

    Returns:
        (H, W) int64 ids, also from floats that are whole numbers, or bool of three axes: separate
        masks, (N, H, W) or (H, W, N). Values that mean "no mask" are as stored, see
        `find_value_rule`.

    Raises:
        FormatError: The file cannot be read or does not hold ids or masks.
    """
    suffix = path.suffix.lower()
    if suffix not in (".npy", ".npz"):
        return read_id_map(path).astype(np.int64)
    stored = _read_npy(path) if suffix == ".npy" else _read_npz(path, "Masks", MASK_ARRAYS)
    # Predictors of masks keep an axis of length 1 for the masks of one prompt.
    ones = [axis for axis in range(stored.ndim) if stored.shape[axis] == 1]
    while stored.ndim > 3 and ones:
        stored = stored.squeeze(ones.pop())
    if stored.ndim == 3 and 1 in stored.shape and stored.dtype.kind in "iu":
        stored = stored.squeeze(stored.shape.index(1))
    if stored.ndim == 2 and stored.dtype.kind == "f" and _is_whole(stored):
        stored = stored.astype(np.int64)
    if stored.ndim == 2 and stored.dtype.kind in "iub":
        if stored.size and (int(stored.min()) < -(2**31) or int(stored.max()) >= 2**32):
            expected, got = "ids from 0 to 2147483647", f"{stored.min()} to {stored.max()}"
            raise FormatError(f"Id map {path}", expected=expected, got=got)
        ids: NDArray[np.int64] = stored.astype(np.int64)
        return ids
    if stored.ndim == 3 and _is_binary(stored):
        masks: NDArray[np.bool_] = stored != 0
        return masks
    raise FormatError(
        f"Masks {path}",
        expected="an (H, W) array of integer ids, or (N, H, W) booleans",
        got=f"{stored.shape} {stored.dtype}",
        do="Save ids, or masks after the threshold (masks > 0), not probabilities.",
    )


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


def _is_whole(stored: NDArray[Any]) -> bool:
    """Whether floats are whole numbers in the range of ids."""
    with np.errstate(invalid="ignore"):
        is_whole = bool((stored == np.round(stored)).all()) and bool(np.isfinite(stored).all())
    return is_whole and stored.size > 0 and float(np.abs(stored).max()) < 2**31


def _is_binary(stored: NDArray[Any]) -> bool:
    """Whether an array holds 0 and one other value, as boolean masks in any type do."""
    if stored.dtype.kind == "b" or not stored.size:
        return True
    if stored.dtype.kind not in "iuf":
        return False
    largest = stored.max()
    return largest in (0, 1, 255) and bool(((stored == 0) | (stored == largest)).all())


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
    suffix = path.suffix.lower()
    if suffix == ".pt":
        table = _read_torch(path, allow_torch_load)
    elif suffix == ".npz":
        table = _read_npz(path, "Embeddings", _TABLE_ARRAYS)
    else:
        table = _read_npy(path) if suffix == ".npy" else _read_safetensors(path)
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


def _read_npz(path: Path, kind: str, names: Sequence[str]) -> NDArray[Any]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            return _chosen_array(f"{kind} {path}", {n: archive[n] for n in archive.files}, names)
    except (OSError, ValueError, EOFError, AttributeError, BadZipFile) as error:
        raise FormatError(
            f"{kind} {path}",
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
    return _chosen_array(f"Embeddings {path}", arrays, _TABLE_ARRAYS)


def _chosen_array(
    where: str, arrays: Mapping[str, NDArray[Any]], names: Sequence[str]
) -> NDArray[Any]:
    """The only array of an archive, or the one of a known name."""
    if len(arrays) == 1:
        return next(iter(arrays.values()))
    for name in names:
        if name in arrays:
            return arrays[name]
    raise FormatError(
        where,
        expected=f"one array, or one named '{names[0]}'",
        got=f"{len(arrays)}: {', '.join(sorted(arrays))}",
    )


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
