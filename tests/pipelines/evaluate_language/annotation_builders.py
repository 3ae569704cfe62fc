"""Annotation files about two rooms."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from scenewright.data.language import (
    Multi3DReferSentence,
    ObjectCaptions,
    ReferItSentence,
    ScanQAQuestion,
    ScanReferSentence,
    SQA3DAnswer,
    SQA3DQuestion,
    write_multi3drefer,
    write_referit,
    write_scan2cap,
    write_scanqa,
    write_scanrefer,
    write_sqa3d,
)
from scenewright.io import save
from tests.language.language_builders import make_room

SCENES = ("scene0000_00", "scene0001_00")


def write_scenes(folder: Path) -> Path:
    """A folder with two scenes."""
    for scene_id in SCENES:
        save(make_room(), folder / scene_id)
    return folder


def write_questions(path: Path) -> Path:
    """ScanQA: in each scene two questions that the room answers, and one that nothing does."""
    rows = []
    for scene_id in SCENES:
        for number, (text, answers) in enumerate(
            [
                ("How many chairs are there?", ("3", "three")),
                ("What color is the sofa?", ("blue",)),
                ("What is the cat called?", ("Tom",)),
            ]
        ):
            rows.append(ScanQAQuestion(scene_id, f"val-{number}", text, answers))
    write_scanqa(path, rows)
    return path


def write_single(path: Path) -> Path:
    """ScanRefer: a unique sofa, two of several chairs, the second with a wrong sentence."""
    first = ScanReferSentence(SCENES[0], 8, "couch", 0, "this is the blue sofa.")
    chairs = [
        ScanReferSentence(SCENES[0], 3, "chair", 0, "the chair left of the desk."),
        ScanReferSentence(SCENES[0], 4, "chair", 0, "the chair left of the desk."),
    ]
    other = replace(first, scene_id=SCENES[1], text="the piano")
    write_scanrefer(path, [first, *chairs, other])
    return path


def write_sets(path: Path) -> Path:
    """Multi3DRefer: several, one, none."""
    write_multi3drefer(
        path,
        [
            Multi3DReferSentence(SCENES[0], (6, 7), "mug", 0, "all mugs on the desk", "mt"),
            Multi3DReferSentence(SCENES[0], (8,), "sofa", 1, "the sofa", "st_wo_d"),
            Multi3DReferSentence(SCENES[1], (), "piano", 2, "the piano", "zt_wo_d"),
        ],
    )
    return path


def write_situated(folder: Path) -> Path:
    """SQA3D: two files; returns that of the questions."""
    questions = folder / "v1_balanced_questions_test_scannetv2.json"
    rows = [
        SQA3DQuestion(
            scene_id, number, "What color is the chair on my left?",
            "I am standing by the sofa facing the desk.", (), (SQA3DAnswer("red"),),
            (0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 1.0),
        )
        for number, scene_id in enumerate(SCENES)
    ]  # fmt: skip
    write_sqa3d(questions, folder / "v1_balanced_sqa_annotations_test_scannetv2.json", content=rows)
    return questions


def write_captions(path: Path) -> Path:
    """Scan2Cap: the sofa and two chairs, described as they are, and what is not there."""
    rows = [
        ObjectCaptions(SCENES[0], 8, ("a large blue sofa", "this is a blue sofa behind the bin")),
        ObjectCaptions(SCENES[0], 3, ("a red chair left of the desk",)),
        ObjectCaptions(SCENES[1], 3, ("a red chair left of the desk",)),
        ObjectCaptions(SCENES[1], 99, ("a black piano",)),
    ]
    write_scan2cap(path, rows)
    return path


def write_relations(path: Path) -> Path:
    """Sr3D: a sentence that holds, and one about something that is not there."""
    rows = [
        ReferItSentence(SCENES[0], 3, "chair", "the chair left of the desk", (2,), "left"),
        ReferItSentence(SCENES[0], 8, "sofa", "the piano on the sofa", (8,), "on"),
    ]
    write_referit(path, rows)
    return path
