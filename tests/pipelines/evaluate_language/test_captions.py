"""Captions of Scan2Cap, and sentences of Nr3D and Sr3D, measured on scenes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scenewright.core import ConventionError
from scenewright.io import save
from scenewright.pipelines.evaluate_language.items import read_items
from scenewright.pipelines.evaluate_language.run import evaluate_language_run
from tests.command_builders import Call
from tests.language.language_builders import make_room
from tests.pipelines.evaluate_language.annotation_builders import (
    SCENES,
    write_captions,
    write_relations,
    write_scenes,
)


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_scenes(tmp_path_factory.mktemp("scenes"))


def test_captions_are_known_by_their_keys(tmp_path: Path) -> None:
    kind, items = read_items(write_captions(tmp_path / "corpus.json"))
    assert kind == "scan2cap" and [one.key for one in items] == ["8", "3", "3", "99"]
    assert items[1].answers == ("a red chair left of the desk",) and items[1].object_ids == (3,)


def test_captions_of_a_model_and_of_a_file(scenes: Path, tmp_path: Path, call: Call) -> None:
    path = write_captions(tmp_path / "corpus.json")
    records = [
        {"scene_id": SCENES[0], "id": "8", "pred": "a large blue sofa"},
        {"scene_id": SCENES[0], "id": "3", "pred": "a red chair left of the desk"},
        {"scene_id": SCENES[1], "id": "3", "pred": "a red chair left of the desk"},
    ]
    (tmp_path / "predictions.json").write_text(json.dumps(records))
    report = evaluate_language_run(
        path, scenes=scenes, predictions=tmp_path / "predictions.json"
    )  # fmt: skip
    assert report.kind == "scan2cap" and report.num_missing == 1
    assert list(report.runs) == ["predictions", "lm/symbolic", "empty", "majority"]
    for limit in ("@0.25", "@0.5"):
        scores = {name: run[limit]["CIDEr-D"] for name, run in report.runs.items()}
        assert scores["predictions"] > scores["lm/symbolic"] > scores["empty"], scores
        assert scores["predictions"] > scores["majority"], scores
    assert set(report.runs["empty"]["@0.5"]) == {"CIDEr-D", "BLEU-4", "METEOR-lite", "ROUGE-L"}
    outcome = call("evaluate-language", path, "--scenes", scenes)
    assert outcome.code == 0 and "scan2cap: 4" in outcome.out


def test_captions_count_where_the_box_is_right(scenes: Path, tmp_path: Path) -> None:
    path = write_captions(tmp_path / "corpus.json")
    found = tmp_path / "found"
    for scene_id in SCENES:
        save(make_room(without=(8,)), found / scene_id)
    same = evaluate_language_run(path, scenes=scenes).runs["lm/symbolic"]
    worse = evaluate_language_run(path, scenes=found, truth=scenes).runs["lm/symbolic"]
    assert worse["@0.5"]["ROUGE-L"] < same["@0.5"]["ROUGE-L"]


def test_captions_need_scenes(tmp_path: Path) -> None:
    with pytest.raises(ConventionError, match="--scenes"):
        evaluate_language_run(write_captions(tmp_path / "corpus.json"))


def test_sentences_of_sr3d(scenes: Path, tmp_path: Path) -> None:
    path = write_relations(tmp_path / "sr3d.csv")
    report = evaluate_language_run(path, scenes=scenes)
    assert report.kind == "referit"
    found = report.runs["lm/symbolic"]
    assert found["all"]["Acc@0.5"] == 50 and found["left"]["Acc@0.5"] == 100
    assert found["on"]["Acc@0.25"] == 0
