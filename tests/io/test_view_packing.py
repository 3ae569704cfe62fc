"""Packed geometry comes back, read here as the page reads it."""

from __future__ import annotations

import base64
import zlib

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from scenewright.geometry.scene_layers import Layer
from scenewright.io._view_packing import packed
from tests.builders import known, make_cube


def unpacked(layers: list[Layer]) -> list[Layer]:
    """What the page makes of layers."""
    records, text = packed(layers)
    data = np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8).astype(np.int64)
    result, offset = [], 0
    for record in records:
        v, f = record["vertices"], record["faces"]

        def take(count: int, columns: int, num_bytes: int) -> np.ndarray:
            nonlocal offset
            planes = data[offset : offset + num_bytes * columns * count]
            offset += planes.size
            planes = planes.reshape(num_bytes, columns, count)
            weights = 256 ** np.arange(num_bytes - 1, -1, -1)
            return np.asarray(np.tensordot(weights, planes, 1).T)

        steps = np.cumsum(take(v, 3, 2), axis=0) % 65536
        positions = np.array(record["origin"]) + record["step"] * steps
        colors = (np.cumsum(take(v, 3, 1), axis=0) % 256).astype(np.uint8)
        normals = faces = None
        if record["normals"]:
            normals = (take(v, 3, 1).astype(np.uint8).view(np.int8) / 127).astype(np.float32)
        if f:
            coded = take(f, 3, 4)
            plain = (coded >> 1) ^ -(coded & 1)
            first = np.cumsum(plain[:, 0])
            corners = [first, first + plain[:, 1], first + plain[:, 2]]
            faces = np.stack(corners, axis=1).astype(np.int32)
        result.append(Layer(record["instance"], positions, colors, faces, normals))
    assert offset == len(data)
    return result


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), num=st.integers(1, 400), scale=st.sampled_from([1e-3, 1, 500]))
def test_layers_come_back_within_their_steps(seed: int, num: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    positions = rng.normal(0, scale, (num, 3))
    colors = rng.integers(0, 256, (num, 3), dtype=np.uint8)
    normals = rng.normal(0, 1, (num, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    faces = rng.integers(0, num, (rng.integers(1, 300), 3)).astype(np.int32)
    layers = [
        Layer(5, positions, colors, faces),
        Layer(0, positions[::-1].copy(), colors, None, normals.astype(np.float32)),
        Layer(2_000_000_000, positions[:1], colors[:1]),
    ]
    for layer, back in zip(layers, unpacked(layers), strict=True):
        step = max(np.ptp(layer.positions, axis=0).max(), 1e-9) / 65535
        assert np.abs(back.positions - layer.positions).max() <= 0.51 * step + 1e-6
        assert back.instance == layer.instance and np.array_equal(back.colors, layer.colors)
        assert (back.faces is None) == (layer.faces is None)
        if layer.faces is not None:
            assert np.array_equal(known(back.faces), layer.faces)
        if layer.normals is not None:
            assert np.abs(known(back.normals) - layer.normals).max() < 0.01


def test_packing_is_small() -> None:
    side = 100
    grid = np.stack(np.meshgrid(*[np.arange(side)] * 2, indexing="ij"), axis=-1).reshape(-1, 2)
    positions = np.column_stack([grid * 0.025, np.zeros(len(grid))])
    a = np.arange(side * (side - 1) - 1)
    faces = np.concatenate([np.stack([a, a + 1, a + side], 1)] * 2).astype(np.int32)
    layer = Layer(1, positions, np.full((len(grid), 3), 99, np.uint8), faces)
    assert len(packed([layer])[1]) < 0.2 * (positions.astype(np.float32).nbytes + faces.nbytes)
    assert len(packed([])[1]) < 20
    cube = make_cube()
    (back,) = unpacked([Layer(1, cube.vertices.astype(float), np.zeros((8, 3), np.uint8))])
    assert np.allclose(back.positions, cube.vertices, atol=1e-5)
