"""A tiny network of lm/nano and questions for it."""

from __future__ import annotations

import torch

from scenewright.models.networks.language.instances import InstanceInputs
from scenewright.models.networks.language.nano import NanoConfig, NanoNetwork, QuestionInputs
from scenewright.models.networks.language.tokenizer import TokenizerConfig
from tests.models.networks.language.instance_builders import SHAPE, make_instances

CONFIG = NanoConfig(
    words=9, kinds=5, grams=16, answers=30, first_count=4, counts=6, colors=(14, 12),
    tokenizer=TokenizerConfig(SHAPE, width=16, inner=16, blocks=1, pair_features=3),
    text_width=16, text_layers=1, width=16, layers=2, pairs=6,
)  # fmt: skip


def make_network(config: NanoConfig = CONFIG) -> NanoNetwork:
    """The network in evaluation mode, with weights large enough to matter."""
    torch.manual_seed(0)
    network = NanoNetwork(config).eval()
    for parameter in network.parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.3)
    return network


def make_inputs(asked: int = 3, units: int = 4) -> tuple[InstanceInputs, QuestionInputs]:
    """Two scenes of five objects with some questions."""
    noise = torch.Generator().manual_seed(5)
    objects = make_instances()._replace(
        views=None, view_known=None, view_level=None, view_seen=None
    )
    shape = (2, asked, units)
    questions = QuestionInputs(
        torch.randint(9, shape, generator=noise), torch.randint(5, shape, generator=noise),
        torch.randint(-1, 16, (*shape, 3), generator=noise),
        (torch.rand(*shape, 5, generator=noise) < 0.3).float(),
        torch.ones(shape, dtype=torch.bool),
    )  # fmt: skip
    return objects, questions
