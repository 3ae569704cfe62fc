"""Outputs are written completely or not at all."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import OutputError
from scenewright.io import atomic_file, atomic_folder, write_bytes, write_text
from scenewright.io.atomic import remove_unfinished


def all_paths(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_file_appears_with_its_parents(tmp_path: Path) -> None:
    write_text(tmp_path / "a" / "b" / "note.txt", "größer")
    assert (tmp_path / "a" / "b" / "note.txt").read_bytes() == "größer".encode()
    assert all_paths(tmp_path) == ["a", "a/b", "a/b/note.txt"]


def test_file_has_the_permissions_of_any_other(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    write_bytes(tmp_path / "ours", b"")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit])
def test_failed_file_leaves_the_old_one(tmp_path: Path, failure: type[BaseException]) -> None:
    target = tmp_path / "data.bin"
    target.write_bytes(b"old")
    with pytest.raises(failure), atomic_file(target) as stream:
        stream.write(b"half")
        raise failure
    assert target.read_bytes() == b"old"
    assert all_paths(tmp_path) == ["data.bin"]


def test_failed_output_removes_the_parents_it_made(tmp_path: Path) -> None:
    with pytest.raises(ValueError), atomic_folder(tmp_path / "x" / "y") as folder:
        (folder / "part").write_bytes(b"half")
        raise ValueError
    with pytest.raises(ValueError), atomic_file(tmp_path / "x" / "y"):
        raise ValueError
    assert all_paths(tmp_path) == []


def test_folder_is_absent_until_complete(tmp_path: Path) -> None:
    target = tmp_path / "scene"
    with atomic_folder(target) as folder:
        (folder / "inner").mkdir()
        (folder / "inner" / "a.txt").write_text("a")
        assert not target.exists()
    assert all_paths(tmp_path) == ["scene", "scene/inner", "scene/inner/a.txt"]


def test_existing_folder_needs_overwrite(tmp_path: Path) -> None:
    target = tmp_path / "scene"
    target.mkdir()
    (target / "old").write_text("old")
    with pytest.raises(OutputError) as caught, atomic_folder(target):
        pytest.fail("the block must not run")
    assert str(caught.value) == (
        f"Cannot write {target}: expected a folder that does not exist yet, got an existing "
        "folder. Choose another name, or add --overwrite (overwrite=True) to replace it."
    )
    with atomic_folder(target, overwrite=True) as folder:
        (folder / "new").write_text("new")
        assert (target / "old").exists()
    assert all_paths(tmp_path) == ["scene", "scene/new"]


def test_empty_folder_counts_as_absent(tmp_path: Path) -> None:
    with atomic_folder(tmp_path) as folder:
        (folder / "a").write_text("")
    assert all_paths(tmp_path) == ["a"]


def test_folder_without_the_marker_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "one.jpg").write_text("dear")
    with (
        pytest.raises(OutputError, match=r"a folder without scene\.json"),
        atomic_folder(tmp_path / "photos", overwrite=True, marker="scene.json"),
    ):
        pytest.fail("the block must not run")
    assert all_paths(tmp_path) == ["photos", "photos/one.jpg"]


def test_current_folder_is_never_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    with (
        pytest.raises(OutputError, match="the current folder or one above it"),
        atomic_folder(tmp_path, overwrite=True),
    ):
        pytest.fail("the block must not run")


def test_failed_overwrite_leaves_the_old_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "scene"
    target.mkdir()
    (target / "old").write_text("old")
    rename, calls = os.rename, []

    def fails_second(source: Path, destination: Path) -> None:
        calls.append(source)
        if len(calls) == 2:
            raise OSError(errno.EIO, "Input/output error", str(source))
        rename(source, destination)

    monkeypatch.setattr("scenewright.io.atomic.os.rename", fails_second)
    with pytest.raises(OutputError), atomic_folder(target, overwrite=True) as folder:
        (folder / "new").write_text("new")
    assert all_paths(tmp_path) == ["scene", "scene/old"]


def test_wrong_kinds_of_target(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match="expected a folder, got a file of that name"):
        atomic_folder(tmp_path / "file").__enter__()
    with pytest.raises(OutputError, match="expected a file, got a folder of that name"):
        write_bytes(tmp_path / "folder", b"")
    with pytest.raises(OutputError, match="an existing file"):
        write_bytes(tmp_path / "file", b"", overwrite=False)
    with pytest.raises(OutputError, match="a writable path"):
        write_bytes(tmp_path / "file" / "below", b"")


def test_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    write_text(tmp_path / "link" / "a.txt", "a")
    (tmp_path / "alias.txt").symlink_to(tmp_path / "real" / "a.txt")
    write_text(tmp_path / "alias.txt", "b")
    assert (tmp_path / "alias.txt").is_symlink()
    assert (tmp_path / "real" / "a.txt").read_text() == "b"


def test_full_disk_states_the_sizes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("scenewright.io.atomic.os.fsync", full)
    monkeypatch.setattr(
        "scenewright.io.atomic.shutil.disk_usage", lambda _: type("Usage", (), {"free": 7_300_000})
    )
    with pytest.raises(OutputError) as caught:
        write_bytes(tmp_path / "data.bin", bytes(2_000_000))
    assert str(caught.value) == (
        f"Cannot write {tmp_path / 'data.bin'}, the disk is full: expected room for more than "
        "2.0 MB, got 7.3 MB free. Free some space or choose a path on another disk; nothing was "
        "left half-written."
    )
    assert all_paths(tmp_path) == []


LIMITED = """
import resource, sys
import numpy as np
from scenewright.core import OutputError
from scenewright.io import atomic_folder
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    with atomic_folder(sys.argv[1]) as folder:
        (folder / "small").write_bytes(b"fits")
        np.savez(folder / "large.npz", values=np.zeros(1_000_000))
except OutputError as error:
    sys.exit(str(error))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are a POSIX feature")
def test_file_size_limit_of_the_system_leaves_nothing(tmp_path: Path) -> None:
    # The system itself refuses to write here, in the middle of numpy's zip writer.
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path / "out")], capture_output=True, text=True
    )
    assert done.stderr.startswith(f"Cannot write {tmp_path / 'out'}, the disk is full"), done.stderr
    assert done.returncode == 1
    assert all_paths(tmp_path) == []


def test_failure_to_read_an_input_is_not_converted(tmp_path: Path) -> None:
    with (
        pytest.raises(FileNotFoundError),
        atomic_file(tmp_path / "out" / "a.bin"),
    ):
        np.load(tmp_path / "input.npy", allow_pickle=False)
    assert all_paths(tmp_path) == []


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere"
)
def test_read_only_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="Permission denied"):
        write_bytes(tmp_path / "a", b"")


def test_only_temporary_files_of_the_path_are_removed(tmp_path: Path) -> None:
    kept = ["a.b", ".a.b", ".axb.01234567.part", ".a.b.c.01234567.part", ".a.b.0123.part", "x.part"]
    for name in (*kept, ".a.b.01234567.part"):
        (tmp_path / name / "scene").mkdir(parents=True)
    (tmp_path / ".a.b.89abcdef.part").write_bytes(b"half")
    remove_unfinished(tmp_path / "a.b")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(kept)
    remove_unfinished(tmp_path / "absent" / "a.b")


def test_temporary_files_of_a_very_long_name_are_found(tmp_path: Path) -> None:
    target = tmp_path / ("é" * 120)
    with pytest.raises(KeyboardInterrupt), atomic_folder(target) as folder:
        copy = tmp_path / "copy"
        folder.rename(copy)
        name = folder.name
        raise KeyboardInterrupt
    copy.rename(tmp_path / name)
    remove_unfinished(target)
    assert list(tmp_path.iterdir()) == []
