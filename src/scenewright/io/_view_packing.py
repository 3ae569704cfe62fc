"""Geometry as a short string of bytes: quantized, as differences, compressed.

A layer is written as bytes in planes, so that the compressor finds long runs: positions as 16-bit
steps within the bounds of the layer (first the high bytes of x, y and z, then the low bytes), RGB
colors, then for points with normals three signed bytes per normal, and for meshes the corners of
the faces as 32 bits, from the highest byte to the lowest. Positions and colors are differences from
the previous vertex. The first corner of a face is the difference from that of the previous face,
the other two are differences from the first, all with the sign in the lowest bit.
`viewer/src/data.js` reads this.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.geometry.scene_layers import Layer

_STEPS = 65535
_LEVEL = 6


def packed(layers: Sequence[Layer]) -> tuple[list[dict[str, Any]], bytes]:
    """Packs layers.

    Returns:
        A record per layer, with what is needed to unpack it (instance, number of vertices, faces
        and normals, origin and step of the positions, meters), and base64 of the compressed bytes.
    """
    records, parts = [], []
    for layer in layers:
        low, high = layer.positions.min(axis=0), layer.positions.max(axis=0)
        step = max(float((high - low).max()), 1e-9) / _STEPS
        steps = np.rint((layer.positions - low) / step).astype(np.int64)
        parts.append(_planes(_differences(steps), 2))
        parts.append(_planes(_differences(layer.colors.astype(np.int64)), 1))
        if layer.normals is not None:
            parts.append(_planes(np.rint(layer.normals * 127).astype(np.int64), 1))
        if layer.faces is not None:
            parts.append(_planes(_coded_faces(layer.faces), 4))
        records.append(
            {
                "instance": layer.instance,
                "vertices": len(layer.positions),
                "faces": 0 if layer.faces is None else len(layer.faces),
                "normals": layer.normals is not None,
                "origin": low.round(6).tolist(),
                "step": step,
            }
        )
    return records, base64.b64encode(zlib.compress(b"".join(parts), _LEVEL))


def _differences(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """(N, C) differences of rows, the first from zero."""
    result: NDArray[np.int64] = np.diff(values, axis=0, prepend=np.int64(0))
    return result


def _coded_faces(faces: NDArray[np.int32]) -> NDArray[np.int64]:
    """(F, 3) differences of corners, with the sign in the lowest bit."""
    first, second, third = faces.astype(np.int64).T
    coded = np.stack([np.diff(first, prepend=0), second - first, third - first], axis=1)
    result: NDArray[np.int64] = (coded << 1) ^ (coded >> 63)
    return result


def _planes(values: NDArray[np.integer], num_bytes: int) -> bytes:
    """The bytes of the columns of (N, C) integers, the highest byte of all columns first."""
    columns = np.ascontiguousarray(values.T)
    shifts = range(8 * (num_bytes - 1), -1, -8)
    return b"".join(((columns >> shift) & 255).astype(np.uint8).tobytes() for shift in shifts)
