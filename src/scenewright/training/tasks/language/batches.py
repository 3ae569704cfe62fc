"""Arrays of shards as inputs of the network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from scenewright.models.networks.language.instances import InstanceInputs
from scenewright.models.networks.language.nano import QuestionInputs


def tensors_of(
    arrays: Mapping[str, NDArray[Any]], rows: NDArray[np.intp], device: str = "cpu"
) -> dict[str, Tensor]:
    """Some scenes of a shard as tensors, with no more units than their questions need."""
    part = {name: torch.from_numpy(values[rows]) for name, values in arrays.items()}
    units = int(part["unit_known"].sum(-1).max())
    objects = int(part["known"].sum(-1).max())
    for name in ("word", "kind", "grams", "unit_known", "fits"):
        part[name] = part[name][:, :, :units]
    part["fits"] = part["fits"][..., :objects]
    part["meant"] = part["meant"][..., :objects]
    for name in ("center", "size", "shape", "colors", "group", "known"):
        part[name] = part[name][:, :objects]
    return {name: value.contiguous().to(device) for name, value in part.items()}


def objects_of(batch: Mapping[str, Tensor]) -> InstanceInputs:
    """The objects of a batch."""
    group = batch["group"]
    alike = (group[:, :, None] == group[:, None]) & (group >= 0)[:, :, None]
    return InstanceInputs(
        batch["center"], batch["size"], batch["known"], batch["viewer"], batch["room"],
        batch["shape"], alike=alike.to(batch["center"].dtype),
    )  # fmt: skip


def questions_of(batch: Mapping[str, Tensor]) -> QuestionInputs:
    """The questions of a batch."""
    return QuestionInputs(
        batch["word"].long(), batch["kind"].long(), batch["grams"].long(),
        batch["fits"].float() / 255, batch["unit_known"],
    )  # fmt: skip


def with_unknown_words(
    questions: QuestionInputs, generator: torch.Generator, *, unknown: int, share: float
) -> QuestionInputs:
    """With a share of the words known by their bytes only, so that bytes are learned as well."""
    drawn = torch.rand(questions.word.shape, generator=generator).to(questions.word.device)
    hidden = (drawn < share) & (questions.word > unknown)
    return questions._replace(word=questions.word.masked_fill(hidden, unknown))
