"""The PLY parser: headers, types, byte orders, lists."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from scenewright.io import read_ply_columns
from scenewright.io._ply_parse import parse_element, parse_header
from tests.io.ply_builders import write_ply


def test_header() -> None:
    data = (
        b"ply\nformat binary_big_endian 1.0\ncomment made by hand\nobj_info ignored\n"
        b"element vertex 2\nproperty float x\nproperty list uchar int ids\nelement face 0\n"
        b"end_header\nDATA"
    )
    header = parse_header(data)
    assert header.encoding == ">" and header.comments == ["made by hand"]
    assert data[header.start :] == b"DATA"
    assert [(e.name, e.count) for e in header.elements] == [("vertex", 2), ("face", 0)]
    x, ids = header.elements[0].properties
    assert (x.name, x.dtype, x.count_dtype) == ("x", np.dtype("f4"), None)
    assert (ids.name, ids.dtype, ids.count_dtype) == ("ids", np.dtype("i4"), np.dtype("u1"))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"obj", "it does not start with 'ply'"),
        (b"ply\nformat ascii 1.0\n", "its header has no end"),
        (b"ply\nelement vertex 1\nend_header\n", "its header names no format"),
        (b"ply\nformat ascii 1.0\nvertices 3\nend_header\n",
         "its header has the line 'vertices 3'"),
        (b"ply\nformat ascii 1.0\nelement a 1\nproperty list float int b\nend_header\n",
         "its header has the line 'property list float int b'"),
    ],
)  # fmt: skip
def test_wrong_headers(data: bytes, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_header(data)
    assert str(caught.value) == message


def test_lists_of_equal_and_of_different_lengths() -> None:
    head = (
        b"ply\nformat binary_little_endian 1.0\nelement face 2\n"
        b"property list uchar short corners\nproperty uchar flag\nend_header\n"
    )
    equal = head + struct.pack("<B3hBB3hB", 3, 0, 1, 2, 7, 3, 4, 5, 6, 8)
    columns = parse_element(memoryview(equal), parse_header(equal), "face")
    assert columns is not None
    corners = columns["corners"]
    assert isinstance(corners, np.ndarray) and corners.tolist() == [[0, 1, 2], [4, 5, 6]]
    assert np.asarray(columns["flag"]).tolist() == [7, 8]
    different = head + struct.pack("<B3hBB2hB", 3, 0, 1, 2, 7, 2, 4, 5, 8)
    columns = parse_element(memoryview(different), parse_header(different), "face")
    assert columns is not None
    assert [row.tolist() for row in columns["corners"]] == [[0, 1, 2], [4, 5]]
    assert parse_element(memoryview(equal), parse_header(equal), "vertex") is None
    with pytest.raises(ValueError, match=r"^it ends within a list"):
        parse_element(memoryview(different[:-3]), parse_header(different), "face")


def test_text_values_must_fit_their_type() -> None:
    head = b"ply\nformat ascii 1.0\nelement a 2\nproperty uchar b\nend_header\n"
    for body, message in (
        (b"1 256", "b has values that are not uint8"),
        (b"1 1.5", "b has values that are not uint8"),
        (b"1", "it ends within its 2 rows of a"),
    ):
        with pytest.raises(ValueError) as caught:
            parse_element(memoryview(head + body), parse_header(head), "a")
        assert str(caught.value) == message


SCALARS = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2",
    "ushort": "u2", "uint16": "u2", "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4",
    "float": "f4", "float32": "f4", "double": "f8", "float64": "f8",
}  # fmt: skip


@pytest.mark.parametrize("encoding", ["ascii", "binary_little_endian", "binary_big_endian"])
@pytest.mark.parametrize("scalar", SCALARS)
def test_every_type_in_every_encoding(tmp_path: Path, encoding: str, scalar: str) -> None:
    kind = np.dtype(SCALARS[scalar])
    top = 1.5e30 if kind.kind == "f" else np.iinfo(kind).max
    values = np.array([0, 1, top], kind)
    head = (
        f"ply\nformat {encoding} 1.0\nelement extra 1\nproperty list uchar short odd\n"
        f"element vertex 3\nproperty {scalar} value\nproperty uchar other\nend_header\n"
    )
    if encoding == "ascii":
        body = "2 -5 7\n" + "".join(f"{value!s} 9\n" for value in values)
        path = write_ply(tmp_path, head + body)
    else:
        order: Literal["<", ">"] = "<" if "little" in encoding else ">"
        rows = np.zeros(3, [("value", kind.newbyteorder(order)), ("other", "u1")])
        rows["value"], rows["other"] = values, 9
        path = write_ply(tmp_path, head, struct.pack(f"{order}Bhh", 2, -5, 7) + rows.tobytes())
    columns = read_ply_columns(path)
    value = columns["value"]
    assert isinstance(value, np.ndarray) and value.dtype == kind
    assert np.array_equal(value, values)
    odd = read_ply_columns(path, element="extra")["odd"]
    assert isinstance(odd, np.ndarray) and odd.tolist() == [[-5, 7]]
