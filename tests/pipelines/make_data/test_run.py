"""Making data: resuming, several workers, other settings, what cannot be made."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from scenewright.core import ConventionError, OutputError, UnknownNameError, WeightsError
from scenewright.pipelines.make_data import pieces
from scenewright.pipelines.make_data.run import make_data_run
from scenewright.pipelines.make_data.settings import DataSettings
from scenewright.runs.folder import RunFolder
from scenewright.worlds import make_world
from scenewright.worlds.generation import write_world_scenes
from scenewright.worlds.writing import write_shard

SHARDS = DataSettings(kind="random", size=(48, 36), views=1, worlds_per_shard=2)
WORLDS = DataSettings(kind="random", size=(48, 36), num_objects=(1, 2))


def contents(folder: Path) -> dict[str, bytes]:
    """Every file but the report, which tells times."""
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p != folder / "report.json"
    }


def test_an_interrupted_call_is_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    make_data_run("shards", whole, range(0, 6), SHARDS)
    calls = []

    def breaks(path: Path, *rest: object) -> int:
        calls.append(path)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return write_shard(path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(pieces, "write_shard", breaks)
    with pytest.raises(KeyboardInterrupt):
        make_data_run("shards", parts, range(0, 6), SHARDS)
    monkeypatch.undo()
    steps: list[tuple[str, int, int, str]] = []
    report = make_data_run(
        "shards", parts, range(0, 6), SHARDS, progress=lambda *step: steps.append(step)
    )
    assert (report.count("kept"), report.count("made")) == (1, 2)
    assert [row.seeds for row in report.rows] == [(0, 2), (2, 4), (4, 6)]
    assert steps == [("shards", done, 3, "shards") for done in (1, 2, 3)]
    assert contents(parts) == contents(whole)


def test_generation_data_resumed_and_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = DataSettings(kind="random", size=(48, 36), num_objects=(2, 2), views=1)
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    report = make_data_run("generation", whole, range(2), settings)
    assert report.count("made") == 2 and len(report.remarks) == 2
    write, calls = write_world_scenes, []

    def breaks(*args: object, **rest: object) -> object:
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return write(*args, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(pieces, "write_world_scenes", breaks)
    with pytest.raises(KeyboardInterrupt):
        make_data_run("generation", parts, range(2), settings)
    monkeypatch.undo()
    steps: list[tuple[str, int, int, str]] = []
    make_data_run(
        "generation", parts, range(2), settings, progress=lambda *step: steps.append(step)
    )
    assert steps == [("generation", done, 2, "worlds") for done in (1, 2)]
    assert contents(parts) == contents(whole)
    other = replace(settings, num_objects=(1, 1))
    make_data_run("generation", parts, range(1), other, overwrite=True)
    assert [path.name for path in (parts / "parts").iterdir()] == ["random-000000.json"]
    assert len(list((parts / "raw").iterdir())) == 1


def test_weights_of_encoders_are_checked_before_the_first_world(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    monkeypatch.setattr(pieces, "write_world_scenes", lambda *args, **rest: pytest.fail("made"))
    for option in ("structure_weights", "vggt_weights"):
        settings = DataSettings(**{option: f"file:{tmp_path / 'none'}"})  # type: ignore[arg-type]
        with pytest.raises(WeightsError) as caught:
            make_data_run("generation", tmp_path / "out", range(1), settings)
        assert str(caught.value).startswith(f"Weights file:{tmp_path / 'none'} are missing: ")
        assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_workers_change_no_byte(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    settings = DataSettings(kind="random", size=(48, 36), num_frames=3, num_objects=(2, 3))
    for folder, workers in ((one, 1), (two, 2)):
        report = make_data_run("captures", folder, range(3, 6), settings, num_workers=workers)
        assert report.count("made") == 3
    assert contents(one) == contents(two)


def test_failures_are_listed_and_the_rest_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(kind: str, seed: int, **rest: object) -> object:
        if seed == 1:
            raise ConventionError("RandomConfig.num_objects", expected="fewer", got="too many")
        return make_world(kind, seed, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(pieces, "make_world", fails)
    report = make_data_run("worlds", tmp_path / "out", range(0, 3), WORLDS)
    assert [row.state for row in report.rows] == ["made", "failed", "made"]
    assert report.rows[1].note == "RandomConfig.num_objects: expected fewer, got too many"
    assert report.summary() == "2 made, 0 kept, 1 failed of 3"
    assert not (tmp_path / "out" / "random-000001").exists()
    # Failures are always shown.
    assert [row[0] for row in report.cells(max_rows=2)] == ["random-000001", "random-000002"]


def test_other_settings_need_another_folder(tmp_path: Path) -> None:
    make_data_run("worlds", tmp_path, range(1), WORLDS)
    other = replace(WORLDS, size=(64, 36))
    with pytest.raises(OutputError) as caught:
        make_data_run("worlds", tmp_path, range(1), other)
    assert str(caught.value) == (
        f"{tmp_path} was made with other settings: expected size = [64, 36], got size = [48, 36]. "
        "Choose another folder, or add --overwrite (overwrite=True) to replace it."
    )
    report = make_data_run("worlds", tmp_path, range(1), other, overwrite=True)
    assert report.count("made") == 1
    assert make_data_run("worlds", tmp_path, range(1), other).count("kept") == 1


def test_data_of_other_settings_is_removed_when_it_is_replaced(tmp_path: Path) -> None:
    make_data_run("worlds", tmp_path, range(3), WORLDS)
    other = replace(WORLDS, num_objects=(3, 3))
    make_data_run("worlds", tmp_path, range(1), other, overwrite=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "config.json", "random-000000", "report.json",
    ]  # fmt: skip
    # Otherwise these two would pass for data of the new settings.
    assert make_data_run("worlds", tmp_path, range(3), other).count("kept") == 1


def test_an_interrupted_replacement_leaves_no_mixture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_data_run("worlds", tmp_path, range(2), WORLDS)
    other = replace(WORLDS, num_objects=(3, 3))

    def interrupted(folder: Path) -> None:
        shutil.rmtree(folder / "random-000000")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("scenewright.pipelines.make_data.run.remove_pieces", interrupted)
        make_data_run("worlds", tmp_path, range(2), other, overwrite=True)
    with pytest.raises(OutputError, match="was made with other settings"):
        make_data_run("worlds", tmp_path, range(2), other)
    assert make_data_run("worlds", tmp_path, range(2), WORLDS).summary() == (
        "1 made, 1 kept, 0 failed of 2"
    )
    again = make_data_run("worlds", tmp_path, range(2), other, overwrite=True)
    assert again.summary() == "2 made, 0 kept, 0 failed of 2"


def test_settings_that_change_nothing_may_change(tmp_path: Path) -> None:
    make_data_run("worlds", tmp_path, range(1), WORLDS)
    other = replace(WORLDS, num_frames=9, layout="tum", views=2)
    assert make_data_run("worlds", tmp_path, range(2), other).summary() == (
        "1 made, 1 kept, 0 failed of 2"
    )


def test_report_tells_the_last_call(tmp_path: Path) -> None:
    make_data_run("worlds", tmp_path, range(1), WORLDS)
    make_data_run("worlds", tmp_path, range(1, 3), WORLDS)
    report = RunFolder.open(tmp_path).report
    assert (report.verb, report.inputs, report.finished) == ("data make", {"form": "worlds"}, True)
    assert report.results == {
        "seeds": [1, 3], "num_made": 2, "num_kept": 0, "num_failed": 0, "failed": {},
    }  # fmt: skip
    assert report.settings["size"] == [48, 36] and report.settings["num_objects"] == [1, 2]


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(OutputError) as caught:
        make_data_run("worlds", tmp_path, range(1), overwrite=True)
    assert str(caught.value) == (
        f"Will not replace {tmp_path}: expected a folder written by Scenewright (with "
        "report.json), got a folder without report.json. Choose another name, or delete that "
        "folder yourself."
    )
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_forms_and_seeds_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="There is no form of data 'films'"):
        make_data_run("films", tmp_path / "out", range(1))
    for seeds in (range(0), range(0, 6, 2), range(-1, 2)):
        with pytest.raises(ConventionError, match="Seeds: expected one or more, in steps of 1"):
            make_data_run("worlds", tmp_path / "out", seeds)
    assert not (tmp_path / "out").exists()
