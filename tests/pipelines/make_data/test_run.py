"""Making much data: resuming, several workers, what cannot be made."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenewright.core import ConventionError, OutputError, UnknownNameError
from scenewright.pipelines.make_data import run as module
from scenewright.pipelines.make_data.run import DataSettings, make_data

SHARDS = DataSettings(kind="random", size=(48, 36), views_per_world=1, worlds_per_shard=2)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def test_an_interrupted_call_goes_on_where_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    make_data("shards", whole, range(0, 6), settings=SHARDS)
    write = module.write_shard
    calls = []

    def breaks(path: Path, *rest: object) -> int:
        calls.append(path)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return write(path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "write_shard", breaks)
    with pytest.raises(KeyboardInterrupt):
        make_data("shards", parts, range(0, 6), settings=SHARDS)
    monkeypatch.undo()
    told: list[tuple[str, int, int, str]] = []
    report = make_data(
        "shards", parts, range(0, 6), settings=SHARDS, progress=lambda *step: told.append(step)
    )
    assert (report.count("kept"), report.count("made")) == (1, 2)
    assert [row.seeds for row in report.rows] == [(0, 2), (2, 4), (4, 6)]
    assert told == [("shards", done, 3, "shards") for done in (1, 2, 3)]
    assert contents(parts) == contents(whole)


@pytest.mark.slow
def test_workers_change_no_byte(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    settings = DataSettings(kind="random", size=(48, 36), num_frames=3, num_objects=(2, 3))
    for folder, workers in ((one, 1), (two, 2)):
        report = make_data("captures", folder, range(3, 6), settings=settings, num_workers=workers)
        assert report.count("made") == 3
    assert contents(one) == contents(two)


def test_what_fails_is_told_and_the_rest_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = module.make_world

    def fails(kind: str, seed: int, **rest: object) -> object:
        if seed == 1:
            raise ConventionError("RandomConfig.num_objects", expected="fewer", got="too many")
        return make(kind, seed, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "make_world", fails)
    settings = DataSettings(kind="random", size=(48, 36), num_objects=(1, 2))
    report = make_data("worlds", tmp_path / "out", range(0, 3), settings=settings)
    assert [row.state for row in report.rows] == ["made", "failed", "made"]
    assert report.rows[1].note == "RandomConfig.num_objects: expected fewer, got too many"
    assert report.summary() == "2 made, 0 kept, 1 failed of 3"
    assert not (tmp_path / "out" / "random-000001").exists()
    # The failed one comes first to mind, so it is always shown.
    assert [row[0] for row in report.cells(most=2)] == ["random-000001", "random-000002"]


def test_other_settings_need_another_folder(tmp_path: Path) -> None:
    settings = DataSettings(kind="random", size=(48, 36), num_objects=(1, 2))
    make_data("worlds", tmp_path, range(1), settings=settings)
    other = DataSettings(kind="random", size=(64, 36), num_objects=(1, 2))
    with pytest.raises(OutputError, match="got data made with other settings"):
        make_data("worlds", tmp_path, range(1), settings=other)
    report = make_data("worlds", tmp_path, range(1), settings=other, overwrite=True)
    assert report.count("made") == 1
    assert make_data("worlds", tmp_path, range(1), settings=other).count("kept") == 1


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"got something else\. Choose another folder\.$"):
        make_data("worlds", tmp_path, range(1), overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_forms_and_seeds_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="There is no form of data 'films'"):
        make_data("films", tmp_path / "out", range(1))
    for seeds in (range(0), range(0, 6, 2), range(-1, 2)):
        with pytest.raises(ConventionError, match="Seeds: expected at least one, rising by 1"):
            make_data("worlds", tmp_path / "out", seeds)
    assert not (tmp_path / "out").exists()
