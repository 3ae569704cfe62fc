"""``scenewright data make``, from words to files."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenewright.data import open_capture
from scenewright.data.generation import GenerationDataset
from scenewright.worlds.writing import read_shards
from tests.command_builders import Call, assert_plain_error

SMALL = ("--kind", "random", "--num-objects", "2:3", "--size", "64x48")


def test_worlds(call: Call, tmp_path: Path) -> None:
    out = tmp_path / "worlds"
    outcome = call("data", "make", "worlds", "-o", out, "--seeds", "3:5", *SMALL)
    assert outcome.code == 0
    assert "random-000003" in outcome.out and "random-000004" in outcome.out
    assert "2 made, 0 kept, 0 failed of 2" in outcome.out
    for seed in (3, 4):
        folder = out / f"random-{seed:06d}"
        assert (folder / "world.json").is_file() and (folder / "preview.png").is_file()
        assert list((folder / "objects").glob("*.glb"))
    again = call("data", "make", "worlds", "-o", out, "--seeds", "3:6", *SMALL)
    assert "1 made, 2 kept, 0 failed of 3" in again.out


def test_captures_are_segmented_and_evaluated_as_they_are(call: Call, tmp_path: Path) -> None:
    out = tmp_path / "films"
    made = call(
        "data", "make", "captures", "-o", out, "--seeds", "1", "--kind", "random",
        "--num-objects", "3", "--size", "96x72", "--num-frames", "10", "--layout", "tum",
    )  # fmt: skip
    assert made.code == 0 and "10 frames" in made.out
    film = out / "random-000001"
    assert open_capture(film).layout == "tum"
    run = tmp_path / "run"
    assert call("segment", film, "-o", run, "--masks", film / "instance").code == 0
    measured = call("evaluate", run, film / "gt_points.ply")
    assert measured.code == 0
    assert "objects" in measured.out
    assert call("evaluate", run, film).code == 0


def test_shards(call: Call, tmp_path: Path) -> None:
    out = tmp_path / "shards"
    words = ("data", "make", "shards", "-o", out, "--kind", "random", "--size", "64x48")
    outcome = call(*words, "--seeds", "0:3", "--worlds-per-shard", "2", "--views", "2")
    assert outcome.code == 0 and "2 made" in outcome.out
    paths = sorted(out.glob("*.tar"))
    assert [path.name for path in paths] == [
        "shard-000000000-000000002.tar",
        "shard-000000002-000000003.tar",
    ]
    assert len(list(read_shards(paths))) == 6
    other = call(*words, "--seeds", "0:3", "--worlds-per-shard", "2", "--views", "3")
    assert_plain_error(other, f"{out} was made with other settings", "views = 3", "views = 2")


def test_generation(call: Call, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ("data", "make", "generation", "-o", out, "--views", "2", *SMALL)
    outcome = call(*words, "--seeds", "0:2")
    assert outcome.code == 0
    assert "2 made, 0 kept, 0 failed of 2" in outcome.out and "2 scenes" in outcome.out
    assert "vggt_features: 0 of 4 scenes; the others need a network" in outcome.out
    assert GenerationDataset(out).scene_ids == ("0000000", "0000001", "0000002", "0000003")
    tested = call(*words, "--seeds", "2", "--split", "test")
    assert tested.code == 0
    assert len(GenerationDataset(out)) == 4 and len(GenerationDataset(out, split="test")) == 2
    assert (out / "scene_test" / "0000004.glb").is_file()
    again = call(*words, "--seeds", "0:2")
    assert "0 made, 2 kept" in again.out
    other = call(*words[:-1], "80x60", "--seeds", "0:2")
    assert_plain_error(other, f"{out} was made with other settings")
    assert_plain_error(call(*words, "--split", "val"), "one of train, test")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--seeds", "5:5"), "--seeds"),
        (("--seeds", "many"), "7, or a range such as 0:200 with at least one seed"),
        (("--size", "0x480"), "1 to 4096 pixels per side"),
        (("--size", "large"), "width and height, such as 640x480"),
        (("--size", "64"), "width and height, such as 640x480"),
        (("--layout", "kitti"), "one of apc, 7scenes"),
        (("--kind", "gardens"), "one of rooms, random, tabletop"),
        (("--trajectory", "flight"), "one of sweep, walk, orbit, stills"),
        (("--num-objects", "9:3"), "a minimum and a maximum such as 5:20"),
        (("--num-frames", "0"), "1 to 100000"),
        (("--num-workers", "0"), "1 to 256"),
        (("--jpeg-quality", "101"), "1 to 100"),
    ],
)
def test_words_that_mean_nothing(
    words: tuple[str, str], expected: str, call: Call, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    outcome = call("data", "make", "captures", "-o", out, *words)
    assert_plain_error(outcome, expected)
    assert not out.exists()


def test_an_unknown_form(call: Call, tmp_path: Path) -> None:
    outcome = call("data", "make", "movies", "-o", tmp_path / "out")
    assert_plain_error(
        outcome, "There is no form of data 'movies'", "worlds, captures, shards, generation"
    )


def test_more_objects_than_fit(call: Call, tmp_path: Path) -> None:
    out = tmp_path / "out"
    outcome = call("data", "make", "worlds", "-o", out, "--num-objects", "500", "--kind", "random")
    assert outcome.code == 1
    assert "0 to 400" in outcome.out or "to 400" in outcome.out
    assert "1 of 1 failed" in outcome.err
    assert not (out / "random-000000").exists()
