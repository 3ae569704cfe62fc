"""Names of files, checked paths, and errors that name the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenewright.core import FormatError, ShapeError
from scenewright.io import instance_name, reading
from scenewright.io._common import check_version, member_path


@pytest.mark.parametrize(
    ("instance_id", "label", "name"),
    [
        (7, "chair", "007_chair"),
        (1234, "Coffee table", "1234_Coffee_table"),
        (1, "", "001_object"),
        (1, "../../etc", "001_etc"),
        (1, "стол 桌子", "001_стол_桌子"),
        (2, "a" * 99, "002_" + "a" * 60),
    ],
)
def test_names_of_instances(instance_id: int, label: str, name: str) -> None:
    assert instance_name(instance_id, label) == name


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (FileNotFoundError(), "a.x: expected a photo, got no such path"),
        (ShapeError("rows", expected="3", got="4"),
         "a.x is not a valid photo: rows: expected 3, got 4"),
        (MemoryError("too large"), "a.x is not a valid photo: too large"),
        (KeyError("id"), "a.x: expected a photo, got one that cannot be read (KeyError: 'id')"),
        (FormatError("stays as it is"), "stays as it is"),
    ],
)  # fmt: skip
def test_every_error_of_a_reader_names_the_file(error: Exception, message: str) -> None:
    with pytest.raises(FormatError) as caught, reading("a.x", "photo"):
        raise error
    assert str(caught.value) == message


def test_interrupts_are_not_converted() -> None:
    with pytest.raises(KeyboardInterrupt), reading("a.x", "photo"):
        raise KeyboardInterrupt


def test_members_stay_in_their_folder(tmp_path: Path) -> None:
    assert member_path(tmp_path, "a/b.npz", owner=tmp_path / "x") == tmp_path / "a" / "b.npz"
    for name in ("../b", "/b", "a/../../b", "C:\\b", "c:b", "", None, 3):
        with pytest.raises(FormatError) as caught:
            member_path(tmp_path, name, owner=Path("scene.json"))
        assert str(caught.value) == (
            f"scene.json names the file {name!r}: expected a relative path below {tmp_path}"
        )


def test_versions() -> None:
    check_version("a.json", 2, version=2)
    older = "It was written by an older release and cannot be read by this one; create it again."
    for found, message in (
        (3, "got version 3. Update Scenewright: in its checkout, run git pull, then pip install ."),
        (1, f"got version 1. {older}"),
        (0, "got version 0"),
        (None, "got none"),
        (True, "got version True"),
        ("2", "got version 2"),
    ):
        with pytest.raises(FormatError) as caught:
            check_version("a.json", found, version=2)
        expected = "a.json has another format version: expected version 2"
        assert str(caught.value) == f"{expected}, {message}"
