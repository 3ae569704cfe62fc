"""GLB files with splats, taken apart and put together; meshes of assets."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

from scenewright.core import Asset, Mesh
from scenewright.io import save
from tests.io.surfel_builders import make_surfels

KHR = "KHR_gaussian_splatting"


def parts_of(path: Path) -> tuple[dict[str, Any], bytes]:
    """JSON part and binary part of a GLB."""
    data = path.read_bytes()
    magic, version, total, length, kind = struct.unpack_from("<4sIII4s", data)
    assert (magic, version, total, kind) == (b"glTF", 2, len(data), b"JSON")
    return json.loads(data[20 : 20 + length]), data[28 + length :]


def write_parts(path: Path, tree: dict[str, Any], body: bytes) -> None:
    """Writes a GLB of a JSON part and a binary part."""
    text = json.dumps(tree).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text
    chunks += struct.pack("<I4s", len(body), b"BIN\0") + body
    path.write_bytes(struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks)


def foreign(path: Path, **changes: Any) -> tuple[dict[str, Any], bytes]:
    """One of our files as if by another program: no extras, one node."""
    save(make_surfels(20, ids=False, scores=False, degree=2), path, overwrite=True)
    tree, body = parts_of(path)
    tree["asset"]["generator"] = "Another program"
    del tree["scenes"][0]["extras"]
    tree["nodes"] = [{"name": "splats", "mesh": 0, **changes}]
    return tree, body


def mesh_of(asset: Asset) -> Mesh:
    """The mesh of an asset that has one."""
    assert asset.mesh is not None
    return asset.mesh
