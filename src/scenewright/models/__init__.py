"""Backends behind small protocols: found by name, imported when created."""

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
