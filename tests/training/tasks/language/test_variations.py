"""Variations of layouts, in which the truth stays true."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.training.tasks.language.variations import varied
from scenewright.worlds.language.questions import questions_about
from tests.training.tasks.language.layout_builders import small_layout


@pytest.mark.parametrize("seed", range(8))
def test_what_is_seen_stays_near_the_truth(seed: int) -> None:
    layout = varied(small_layout(), np.random.default_rng(seed), most=9)
    truth = layout.truth
    assert 1 <= len(truth.id) <= 9 and set(truth.id) <= set(small_layout().truth.id)
    assert np.abs(layout.low - truth.low).max() < 0.15
    assert np.abs(layout.colors - truth.colors).max() < 0.05
    assert (layout.high > layout.low).all()
    ratio = layout.sizes / np.stack(
        [truth.sizes[:, :2].max(1), truth.sizes[:, :2].min(1), truth.sizes[:, 2]], axis=1
    )
    assert np.abs(np.log(ratio)).max() < 0.2


def test_things_move_with_what_carries_them() -> None:
    for seed in range(20):
        layout = varied(small_layout(), np.random.default_rng(seed), most=20)
        truth = layout.truth
        row = {int(number): place for place, number in enumerate(truth.id)}
        mug, desk = row[6], row[2]
        assert abs(truth.low[mug, 2] - truth.high[desk, 2]) < 1e-4
        assert (truth.low[mug, :2] >= truth.low[desk, :2] - 0.05).all()
        assert (truth.high[mug, :2] <= truth.high[desk, :2] + 0.05).all()


def test_mirrored_rooms_have_other_sides() -> None:
    answers = set()
    for seed in range(30):
        layout = varied(small_layout(), np.random.default_rng(seed), most=20)
        for one in questions_about(layout.truth, families=["side"], per_family=3):
            answers.add((one.text, one.ids))
    texts = [text for text, _ in answers]
    assert len(set(texts)) < len(texts)  # the same words mean other objects elsewhere
