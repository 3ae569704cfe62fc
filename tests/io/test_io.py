"""All readers on flipped bytes: they read the file or raise FormatError, never another error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenewright.core import FormatError
from scenewright.io import (
    load_scene,
    read_glb,
    read_id_map,
    read_onlineanyseg,
    read_ply_mesh,
    save,
    write_id_map,
)
from tests.builders import make_cube, make_scene
from tests.io.surfel_builders import make_surfels


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("damage")
    scene = make_scene()
    for name in ("a.glb", "a.ply", "a.npz", "a.json"):
        save(scene, folder / name)
    save(make_cube(), folder / "mesh.ply")
    for name in ("splat.ply", "splat.glb"):
        save(make_surfels(5, degree=1), folder / name)
    write_id_map(folder / "ids.png", make_cube().faces)
    return folder


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("a.glb", read_glb),
        ("a.ply", load_scene),
        ("mesh.ply", read_ply_mesh),
        ("splat.ply", load_scene),
        ("splat.glb", load_scene),
        ("a.npz", read_onlineanyseg),
        ("a.json", load_scene),
        ("ids.png", read_id_map),
    ],
)
def test_flipped_bytes(folder: Path, name: str, read: Callable[[Path], Any]) -> None:
    good = (folder / name).read_bytes()
    path = folder / f"bad{Path(name).suffix}"

    @settings(max_examples=60, deadline=None, database=None)
    @given(
        changes=st.lists(
            st.tuples(st.integers(0, len(good) - 1), st.integers(0, 255)), min_size=1, max_size=4
        ),
        end=st.integers(0, len(good)),
    )
    def attempt(changes: list[tuple[int, int]], end: int) -> None:
        bad = bytearray(good)
        for position, value in changes:
            bad[position] = value
        path.write_bytes(bytes(bad[: end or None]) if end % 3 == 0 else bytes(bad))
        try:
            read(path)
        except FormatError as error:
            assert str(path) in str(error)

    attempt()
