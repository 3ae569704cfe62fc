"""Right answers of ``lm/nano`` by family."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from scenewright.language.vocabulary import ANSWERS, FIND, NAME
from scenewright.models.networks.language.nano import NanoOutputs
from scenewright.models.networks.language.readings import meant_objects
from scenewright.worlds.language.questions import FAMILIES_OF_QUESTIONS, GROUNDING_FAMILIES


def right_answers(outputs: NanoOutputs, batch: Mapping[str, Tensor]) -> Tensor:
    """(S, Q) bool: of phrases, whether exactly the right objects are meant; of questions, whether
    the answer is right."""
    found = meant_objects(outputs)
    is_phrase = batch["answer"] == ANSWERS.index(FIND)
    phrase = (found == batch["meant"]).all(-1)
    answer = outputs.answer.argmax(-1) == batch["answer"]
    named = outputs.subject.argmax(-1) == batch["subject"]
    answer = answer & (named | (batch["answer"] != ANSWERS.index(NAME)))
    return torch.where(is_phrase, phrase, answer)


def shares_by_family(right: Tensor, family: Tensor) -> dict[str, float]:
    """Percent of right answers of each family, and means of all and of phrases."""
    shares = {}
    for number, name in enumerate(FAMILIES_OF_QUESTIONS):
        mine = right[family == number]
        if len(mine):
            shares[name] = 100 * float(mine.float().mean())
    phrases = [share for name, share in shares.items() if name in GROUNDING_FAMILIES]
    found = {"all": sum(shares.values()) / max(len(shares), 1)}
    if phrases:
        found["phrases"] = sum(phrases) / len(phrases)
    return {**found, **shares}
