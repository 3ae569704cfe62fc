"""The ``.splat`` file of web viewers: 32 bytes per Gaussian, without view-dependent colors."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from scenewright.core import FormatError
from scenewright.io._common import reading
from scenewright.io._gaussians import Gaussians, SplatFile, surfels_of

_ROW = np.dtype([("means", "<f4", 3), ("scales", "<f4", 3), ("rgba", "u1", 4), ("quats", "u1", 4)])
_SH_C0 = 0.28209479177387814
"""The constant spherical harmonic, sqrt(1 / 4 pi)."""


def read_splat_file(path: str | os.PathLike[str]) -> SplatFile:
    """Reads a ``.splat`` file: positions, linear scales, RGBA and quaternions (w, x, y, z).

    Rows with NaN or infinity are left out, which a note reports.

    Raises:
        FormatError: The file is missing, is not a multiple of 32 bytes long, or most of its rows
            are not finite.
    """
    with reading(path, "file of splats"):
        data = Path(path).read_bytes()
        if not data or len(data) % _ROW.itemsize:
            raise FormatError(
                f"{path}",
                expected=f"a .splat file, {_ROW.itemsize} bytes per Gaussian",
                got=f"{len(data)} bytes",
            )
        rows = np.frombuffer(data, _ROW)
        numbers = np.column_stack([rows["means"], rows["scales"]])
        usable = np.isfinite(numbers).all(axis=1) & (rows["scales"] >= 0).all(axis=1)
        usable &= (rows["quats"] != 128).any(axis=1)
        num_bad = int(np.count_nonzero(~usable))
        if 2 * num_bad > len(rows):
            got = f"other values in {num_bad} of {len(rows)} rows"
            raise FormatError(f"{path}", expected="finite positions and scales", got=got)
        color = rows["rgba"][:, :3].astype(np.float32) / np.float32(255)
        gaussians = Gaussians(
            rows["means"].astype(np.float32),
            (rows["quats"].astype(np.float32) - np.float32(128)) / np.float32(128),
            rows["scales"].astype(np.float32),
            rows["rgba"][:, 3].astype(np.float32) / np.float32(255),
            ((color - np.float32(0.5)) / np.float32(_SH_C0))[:, None, :],
        )
        found = surfels_of(path, gaussians, usable=usable)
    if not num_bad:
        return found
    note = f"{num_bad} of {len(rows)} rows without usable numbers were left out"
    return SplatFile(found.surfels, (note, *found.notes))
