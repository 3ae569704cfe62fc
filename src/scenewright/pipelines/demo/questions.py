"""Three questions about the scene that the demo built, checked against the truth.

The scene was built from images alone, so it has no names. They are taken from the truth here: each
object gets the label of the true object whose points it covers most. Boxes, colors and places are
those that were found.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenewright.core import Scene
from scenewright.editing import rename
from scenewright.metrics import transfer_nearest
from scenewright.models import create
from scenewright.pipelines.evaluate.scenes import SceneTruth
from scenewright.worlds.composing.world import World
from scenewright.worlds.language.drawing import WorldQuestion
from scenewright.worlds.language.questions import make_questions

_FAMILIES = ("nearest", "count", "on", "side", "what on", "superlative")
"""Families of questions, the first three that the world allows."""
_COUNT = 3
_MODEL = "lm/symbolic"


@dataclass(frozen=True)
class DemoAnswer:
    """One question of the demo.

    Attributes:
        question: The words.
        answer: The answer in words.
        truth: The true answer: a text, or the label of the true object.
        is_right: Whether the answer is right.
    """

    question: str
    answer: str
    truth: str
    is_right: bool


def true_names(scene: Scene, truth: SceneTruth) -> tuple[Scene, dict[int, int]]:
    """The scene with the labels of the truth, and the true id of each of its objects.

    Of several objects that cover the same true one, only that with most points is named; the others
    keep their empty labels and are left out of the mapping.
    """
    cloud = scene.points
    assert cloud is not None and cloud.instance_id is not None
    assert truth.points.instance_id is not None
    found = transfer_nearest(cloud.instance_id, cloud.points, truth_points=truth.points.points)
    best: dict[int, tuple[int, int]] = {}
    for instance_id in scene.instances.id.tolist():
        ids, counts = np.unique(truth.points.instance_id[found == instance_id], return_counts=True)
        if len(ids) and ids[counts.argmax()] > 0:
            true_id, count = int(ids[counts.argmax()]), int(counts.max())
            best[true_id] = max(best.get(true_id, (0, 0)), (count, instance_id))
    true_ids = {instance_id: true_id for true_id, (_, instance_id) in best.items()}
    labels = truth.labels or {}
    named = {own: labels[true] for own, true in true_ids.items() if labels.get(true)}
    return (rename(scene, named) if named else scene), true_ids


def ask_questions(
    scene: Scene, true_ids: dict[int, int], world: World, *, seed: int
) -> tuple[DemoAnswer, ...]:
    """Asks three questions that the world answers without doubt.

    They are chosen from the world alone, before anything is asked.

    Args:
        scene: The scene, with names.
        true_ids: True id of each of its objects.
        world: The world that was filmed.
        seed: Random seed of the questions.
    """
    asked = {
        one.family: one
        for one in make_questions(world, seed=seed, per_family=1, families=_FAMILIES)
    }
    reader = create(_MODEL).read(scene)
    answers = []
    for question in list(asked.values())[:_COUNT]:
        answer = reader.ask(question.text)
        right = (
            answer.text == question.answer
            if question.answer
            else tuple(sorted({true_ids.get(i, 0) for i in answer.ids})) == question.ids
        )
        answers.append(
            DemoAnswer(question.text, answer.sentence, _truth_text(question, true_ids), right)
        )
    return tuple(answers)


def _truth_text(question: WorldQuestion, true_ids: dict[int, int]) -> str:
    """The true answer; of a phrase the objects that were found for what it means."""
    if question.answer:
        return question.answer
    found = [str(own) for own, true in true_ids.items() if true in question.ids]
    return f"object {', '.join(found)}" if found else "an object that was not found"
