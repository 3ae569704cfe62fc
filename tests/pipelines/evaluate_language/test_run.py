"""``scenewright evaluate-language``: all forms of annotations, and the runs beside each other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scenewright.core import ConventionError, FormatError
from scenewright.io import read_json
from scenewright.pipelines.evaluate_language.run import evaluate_language_run
from scenewright.pipelines.evaluate_language.settings import EvaluateLanguageSettings
from tests.command_builders import Call, assert_plain_error
from tests.pipelines.evaluate_language.annotation_builders import (
    SCENES,
    write_questions,
    write_scenes,
    write_sets,
    write_single,
    write_situated,
)


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_scenes(tmp_path_factory.mktemp("scenes"))


def test_questions(scenes: Path, tmp_path: Path, call: Call) -> None:
    path = write_questions(tmp_path / "ScanQA.json")
    outcome = call("evaluate-language", path, "--scenes", scenes, "-o", tmp_path / "out.json")
    assert outcome.code == 0
    lines = [line.split() for line in outcome.out.splitlines()]
    assert lines[0] == ["run", "type", "EM", "EM-R"]
    assert lines[1] == ["lm/symbolic", "all", "66.67", "66.67"]
    assert ["lm/symbolic", "Color", "100.00", "100.00"] in lines
    # Both rooms have the same questions, so words alone give all answers away.
    assert ["blind", "all", "100.00", "100.00"] in lines
    written = read_json(tmp_path / "out.json")
    assert written["kind"] == "scanqa" and written["num_items"] == 6
    assert written["runs"]["majority"]["all"]["EM"] == pytest.approx(100 / 3)


def test_sentences_about_one_object(scenes: Path, tmp_path: Path) -> None:
    path = write_single(tmp_path / "ScanRefer.json")
    report = evaluate_language_run(path, scenes=scenes)
    found = report.runs["lm/symbolic"]
    assert found["all"] == {"Acc@0.25": 50.0, "Acc@0.5": 50.0}
    assert found["unique"]["Acc@0.5"] == 50.0 == found["multiple"]["Acc@0.5"]
    assert report.kind == "scanrefer"


def test_sentences_about_any_number_of_objects(scenes: Path, tmp_path: Path) -> None:
    path = write_sets(tmp_path / "multi3drefer.json")
    report = evaluate_language_run(path, scenes=scenes)
    assert report.runs["lm/symbolic"]["all"] == {"F1@0.25": 100.0, "F1@0.5": 100.0}
    assert set(report.runs["lm/symbolic"]) == {"all", "mt", "st_wo_d", "zt_wo_d"}


def test_situated_questions(scenes: Path, tmp_path: Path) -> None:
    report = evaluate_language_run(write_situated(tmp_path), scenes=scenes)
    assert report.kind == "sqa3d"
    assert set(report.runs["lm/symbolic"]) == {"all", "what"}
    assert report.runs["blind"]["all"]["EM"] == 100.0


def test_predictions_of_another_program(scenes: Path, tmp_path: Path, call: Call) -> None:
    path = write_sets(tmp_path / "multi3drefer.json")
    records = [
        {"scene_id": SCENES[0], "id": "0", "pred": "Yes. <OBJ006>, and <OBJ007>."},
        {"scene_id": SCENES[0], "id": 1, "pred": [8, 8, 999]},
    ]
    (tmp_path / "predictions.json").write_text(json.dumps(records))
    outcome = call(
        "evaluate-language", path, "--scenes", scenes, "--predictions",
        tmp_path / "predictions.json",
    )  # fmt: skip
    lines = [line.split() for line in outcome.out.splitlines()]
    assert ["predictions", "mt", "100.00", "100.00"] in lines
    assert ["predictions", "st_wo_d", "100.00", "100.00"] in lines
    assert "1 of them have no prediction, which counts as wrong" in outcome.err


def test_questions_without_scenes(tmp_path: Path, call: Call) -> None:
    path = write_questions(tmp_path / "ScanQA.json")
    report = evaluate_language_run(path, EvaluateLanguageSettings(train=path))
    assert set(report.runs) == {"blind", "majority"}
    assert report.runs["blind"]["all"]["EM"] == 100.0
    one = [record for record in read_json(path) if record["scene_id"] == SCENES[0]]
    (tmp_path / "one.json").write_text(json.dumps(one))
    outcome = call("evaluate-language", tmp_path / "one.json")
    assert outcome.code == 1 and "nothing to compare; give --scenes" in outcome.out


def test_errors(scenes: Path, tmp_path: Path, call: Call) -> None:
    path = write_single(tmp_path / "ScanRefer.json")
    with pytest.raises(ConventionError, match="Phrases of scanrefer: expected --scenes FOLDER"):
        evaluate_language_run(path)
    with pytest.raises(FormatError, match="expected a run, a scene folder, or a"):
        evaluate_language_run(path, scenes=tmp_path)
    (tmp_path / "bad.json").write_text('[{"scene_id": "a", "question": "b"}]')
    outcome = call("evaluate-language", tmp_path / "bad.json")
    assert_plain_error(outcome, "record 0", "question_id")
    (tmp_path / "other.json").write_text("[1, 2]")
    outcome = call("evaluate-language", tmp_path / "other.json")
    assert_plain_error(outcome, "expected: annotations of scanrefer, multi3drefer, scanqa, sqa3d")
