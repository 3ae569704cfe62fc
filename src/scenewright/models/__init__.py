"""Backends that propose masks and encode images, behind small protocols and found by name.

`slots` has the protocols, `registry` the names, `cards` the facts and `weights` the weight files.
Backends are in `classical` (no weights), `tiny` (weights in the wheel) and `adapters` (published
networks through transformers) and are imported only when created.
"""

from scenewright.models.cards import ModelCard
from scenewright.models.registry import available, card, create
from scenewright.models.slots import ImageEncoder, MaskProposer, PromptSegmenter

__all__ = [
    "ImageEncoder",
    "MaskProposer",
    "ModelCard",
    "PromptSegmenter",
    "available",
    "card",
    "create",
]
