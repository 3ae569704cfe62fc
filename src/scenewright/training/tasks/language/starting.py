"""Starts a training of ``lm/nano`` from weights of another one, whose words may be fewer."""

from __future__ import annotations

from dataclasses import replace

import torch

from scenewright.core import WeightsError
from scenewright.language.vocabulary import ANSWERS, NUM_RESERVED, Vocabulary
from scenewright.models.networks.language.nano import NanoNetwork
from scenewright.models.networks.language.nano_files import read_nano
from scenewright.models.weights import resolve_weights

_WORDS = "text.word.weight"


@torch.no_grad()
def start_from(network: NanoNetwork, vocabulary: Vocabulary, reference: str) -> None:
    """Copies weights into a network; words that they do not know keep what they have.

    Args:
        network: The network, changed in place.
        vocabulary: Its words.
        reference: Reference of weights, such as ``builtin:lm-nano``; see `models.weights`.

    Raises:
        WeightsError: They are missing, damaged, or of a network of another design.
    """
    found, words = read_nano(resolve_weights(reference, backend="lm/nano").path, answers=ANSWERS)
    if replace(found.config, words=network.config.words) != network.config:
        raise WeightsError(
            f"{reference}", expected="weights of a network of this design",
            got="those of another one",
            do="Set the widths, layers, relation and pointer of that training.",
        )  # fmt: skip
    own, other = network.state_dict(), found.state_dict()
    for name, value in other.items():
        if name != _WORDS:
            own[name].copy_(value)
    own[_WORDS][:NUM_RESERVED] = other[_WORDS][:NUM_RESERVED]
    rows = {word: row for row, word in enumerate(words, start=NUM_RESERVED)}
    for row, word in enumerate(vocabulary.words, start=NUM_RESERVED):
        if word in rows:
            own[_WORDS][row] = other[_WORDS][rows[word]]
