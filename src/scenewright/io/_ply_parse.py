"""Parser for PLY: a header, then elements as text or as little- or big-endian bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

_TYPES = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1",
    "short": "i2", "int16": "i2", "ushort": "u2", "uint16": "u2",
    "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4",
    "float": "f4", "float32": "f4", "double": "f8", "float64": "f8",
}  # fmt: skip
Order = Literal["<", ">"]
_ENCODINGS: dict[str, Order | Literal[""]] = {
    "ascii": "",
    "binary_little_endian": "<",
    "binary_big_endian": ">",
}
_LONGEST_HEADER = 1 << 20

Column = NDArray[Any] | list[NDArray[Any]]
"""(N,) values of a scalar property, (N, K) of a list property whose rows are equally long, or a
list of N arrays."""


@dataclass
class Property:
    """One property: its dtype and, for a list, the dtype of its length."""

    name: str
    dtype: np.dtype[Any]
    count_dtype: np.dtype[Any] | None = None


@dataclass
class Element:
    """One element, such as ``vertex``: its count and its properties."""

    name: str
    count: int
    properties: list[Property] = field(default_factory=list)


@dataclass
class Header:
    """The header of a file.

    Attributes:
        encoding: Byte order of the data, empty for text.
        elements: In the order of the data.
        comments: Comment lines.
        start: Offset of the data, bytes.
    """

    encoding: Order | Literal[""]
    elements: list[Element]
    comments: list[str]
    start: int


def parse_header(data: bytes | memoryview) -> Header:
    """Parses the header at the start of a file.

    Raises:
        ValueError: The header is invalid; the text is the reason.
    """
    head = bytes(data[:_LONGEST_HEADER])
    if not head.startswith(b"ply"):
        raise ValueError("it does not start with 'ply'")
    end = head.find(b"\nend_header")
    newline = head.find(b"\n", end + 1)
    if end < 0 or newline < 0:
        raise ValueError("its header has no end")
    encoding: Order | Literal[""] | None = None
    elements: list[Element] = []
    comments: list[str] = []
    for line in head[:end].decode("utf-8", "replace").splitlines()[1:]:
        words = line.split()
        match words:
            case [] | ["obj_info", *_]:
                pass
            case ["comment", *_]:
                comments.append(line.partition("comment")[2].strip())
            case ["format", kind, "1.0"] if kind in _ENCODINGS:
                encoding = _ENCODINGS[kind]
            case ["element", name, count] if count.isascii() and count.isdigit():
                elements.append(Element(name, int(count)))
            case ["property", *rest] if elements:
                elements[-1].properties.append(_parse_property(rest, line))
            case _:
                raise ValueError(f"its header has the line {line[:80]!r}")
    if encoding is None:
        raise ValueError("its header names no format")
    return Header(encoding, elements, comments, newline + 1)


def parse_element(data: memoryview, header: Header, name: str) -> dict[str, Column] | None:
    """Parses one element.

    Args:
        data: The whole file.
        header: Of `parse_header`.
        name: Name of the element.

    Returns:
        Columns by property name, or None if the file has no such element.

    Raises:
        ValueError: The data are truncated or invalid; the text is the reason.
    """
    position = header.start
    words = iter(() if header.encoding else bytes(data[header.start :]).split())
    for element in header.elements:
        if header.encoding:
            columns, position = _read_binary(data, position, element, header.encoding)
        else:
            columns = _read_text(words, element)
        if element.name == name:
            return columns
    return None


def _parse_property(words: list[str], line: str) -> Property:
    match words:
        case [kind, name] if kind in _TYPES:
            return Property(name, np.dtype(_TYPES[kind]))
        case ["list", count, kind, name] if kind in _TYPES and _TYPES.get(count, "f")[0] in "iu":
            return Property(name, np.dtype(_TYPES[kind]), np.dtype(_TYPES[count]))
    raise ValueError(f"its header has the line {line[:80]!r}")


def _read_text(words: Iterator[bytes], element: Element) -> dict[str, Column]:
    """Consumes the words of the element; raises ValueError if the file ends too early."""
    if not element.properties:
        return {}
    rows: dict[str, list[Any]] = {prop.name: [] for prop in element.properties}
    try:
        for _ in range(element.count):
            for prop in element.properties:
                if prop.count_dtype is None:
                    rows[prop.name].append(float(next(words)))
                else:
                    rows[prop.name].append([float(next(words)) for _ in range(int(next(words)))])
    except StopIteration:
        raise ValueError(f"it ends within its {element.count} rows of {element.name}") from None
    result: dict[str, Column] = {}
    for prop in element.properties:
        values = rows[prop.name]
        if prop.count_dtype is None:
            result[prop.name] = _exact(np.array(values, np.float64), prop)
        else:
            lists = [_exact(np.array(row, np.float64), prop) for row in values]
            result[prop.name] = _stacked(lists)
    return result


def _exact(values: NDArray[np.float64], prop: Property) -> NDArray[Any]:
    with np.errstate(invalid="ignore", over="ignore"):
        cast = values.astype(prop.dtype)
    if prop.dtype.kind in "iu" and not np.array_equal(cast, values):
        raise ValueError(f"{prop.name} has values that are not {prop.dtype}")
    return cast


def _read_binary(
    data: memoryview, position: int, element: Element, order: Order
) -> tuple[dict[str, Column], int]:
    if not any(prop.count_dtype for prop in element.properties):
        row = np.dtype([(p.name, p.dtype.newbyteorder(order)) for p in element.properties])
        table, position = _table(data, position, element, row)
        return _native(table), position
    equal = _read_equal_lists(data, position, element, order)
    return _read_lists(data, position, element, order) if equal is None else equal


def _table(
    data: memoryview, position: int, element: Element, row: np.dtype[Any]
) -> tuple[NDArray[Any], int]:
    end = position + element.count * row.itemsize
    if end > len(data):
        raise ValueError(f"it ends within its {element.count} rows of {element.name}")
    if not row.itemsize:
        return np.zeros(0, row), end
    return np.frombuffer(data, row, element.count, position), end


def _native(table: NDArray[Any]) -> dict[str, Column]:
    names = table.dtype.names or ()
    return {name: table[name].astype(table[name].dtype.newbyteorder("=")) for name in names}


def _read_equal_lists(
    data: memoryview, position: int, element: Element, order: Order
) -> tuple[dict[str, Column], int] | None:
    """Reads lists that all have the length of the first row, such as triangles; else None."""
    fields: list[Any] = []
    offset = position
    for prop in element.properties:
        kind = prop.dtype.newbyteorder(order)
        if prop.count_dtype is None:
            fields.append((prop.name, kind))
            offset += kind.itemsize
            continue
        length = prop.count_dtype.newbyteorder(order)
        if not element.count or offset + length.itemsize > len(data):
            return None
        count = int(np.frombuffer(data, length, 1, offset)[0])
        if count < 0 or offset + count * kind.itemsize > len(data):
            return None
        fields += [(f"length of {prop.name}", length), (prop.name, kind, (count,))]
        offset += length.itemsize + count * kind.itemsize
    row = np.dtype(fields)
    if position + element.count * row.itemsize > len(data):
        return None
    table, end = _table(data, position, element, row)
    lists = [prop.name for prop in element.properties if prop.count_dtype is not None]
    if any((table[f"length of {n}"] != table[n].shape[1]).any() for n in lists):
        return None
    columns = _native(table)
    return {prop.name: columns[prop.name] for prop in element.properties}, end


def _read_lists(
    data: memoryview, position: int, element: Element, order: Order
) -> tuple[dict[str, Column], int]:
    rows: dict[str, list[Any]] = {prop.name: [] for prop in element.properties}
    for _ in range(element.count):
        for prop in element.properties:
            count = 1
            if prop.count_dtype is not None:
                length, position = _take(data, position, prop.count_dtype.newbyteorder(order), 1)
                count = int(length[0])
            values, position = _take(data, position, prop.dtype.newbyteorder(order), count)
            rows[prop.name].append(values if prop.count_dtype is not None else values[0])
    result: dict[str, Column] = {}
    for prop in element.properties:
        column = rows[prop.name]
        if prop.count_dtype is None:
            result[prop.name] = np.array(column, prop.dtype)
        else:
            result[prop.name] = _stacked([row.astype(prop.dtype) for row in column])
    return result, position


def _take(
    data: memoryview, position: int, kind: np.dtype[Any], count: int
) -> tuple[NDArray[Any], int]:
    end = position + count * kind.itemsize
    if count < 0 or end > len(data):
        raise ValueError("it ends within a list, or a list has a negative length")
    return np.frombuffer(data, kind, count, position), end


def _stacked(rows: list[NDArray[Any]]) -> Column:
    return np.stack(rows) if rows and len({len(row) for row in rows}) == 1 else rows
