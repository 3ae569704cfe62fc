"""Losses of ``lm/nano``."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from scenewright.models.networks.language.nano import NanoOutputs

_LISTED, _NONE, _SUBJECT, _ANSWER = 0.3, 0.5, 0.5, 1.0


def question_loss(outputs: NanoOutputs, batch: dict[str, Tensor]) -> Tensor:
    """The mean loss of questions: which objects, whether none, whose name or color, which answer.

    Args:
        outputs: Of the network.
        batch: Arrays of shards as tensors.
    """
    known = batch["known"][:, None]
    meant = batch["meant"].to(outputs.objects.dtype)
    each = F.binary_cross_entropy_with_logits(outputs.objects, meant, reduction="none")
    points = (each * known).sum(-1).mean()
    is_none = 1 - meant.amax(-1)
    none = F.binary_cross_entropy_with_logits(outputs.none, is_none)
    listed = torch.cat([outputs.objects, torch.zeros_like(outputs.none)[..., None]], dim=-1)
    wanted = torch.cat([meant, is_none[..., None]], dim=-1)
    wanted = wanted / wanted.sum(-1, keepdim=True)
    shares = -(wanted * listed.log_softmax(-1)).sum(-1).mean()
    subject = F.cross_entropy(
        outputs.subject.flatten(0, 1), batch["subject"].flatten().long(), ignore_index=-1
    )
    if not bool((batch["subject"] >= 0).any()):
        subject = torch.zeros_like(subject)
    answer = F.cross_entropy(outputs.answer.flatten(0, 1), batch["answer"].flatten().long())
    total: Tensor = points + _LISTED * shares + _NONE * none + _SUBJECT * subject + _ANSWER * answer
    return total
