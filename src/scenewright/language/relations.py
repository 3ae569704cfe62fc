"""Soft relations: how well each object stands in a relation to another, 0 to 1.

The forms follow training-free systems for sentences about scenes. Left, right, front and behind
are seen by a viewer in the middle of the room who looks at the named object (Yuan et al., "Visual
Programming for Zero-shot Open-Vocabulary 3D Visual Grounding", CVPR 2024).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.geometry.box_relations import seen_offsets
from scenewright.language.facts import SceneFacts

SIDES = ("left", "right", "front", "behind")
_TURN_DEG, _TURN_SOFT_DEG = 22.0, 6.0
"""Angle from the middle line at which an object begins to be on a side, and its softness."""
_CONTACT, _CONTACT_SOFT = 0.1, 0.02
"""Gap between an object and what it stands on at which it begins to float, and the softness of this
limit, meters."""
_LEAST_OVERLAP = 0.3
"""Share of the footprint of an object that what it stands on must be below."""
_PATCH = 0.08
"""Half width of the smallest patch below an object in which a surface is looked for, meters."""
_NEAR = 1.0
"""Distance at which nearness has fallen to 1/e, meters."""
_REACH = 6.0
"""Distance at which left, right, front and behind have fallen to 1/e, meters."""
_DETOUR = 0.3
"""Detour by way of an object between two others that lowers it to 1/e, meters."""


@dataclass(frozen=True, eq=False)
class Standpoint:
    """Who looks.

    Attributes:
        position: (2,) plan position of the viewer, meters.
        heading: (2,) direction of view; None = toward the object that a relation names.
        text: The viewer in words.
    """

    position: NDArray[np.float64]
    heading: NDArray[np.float64] | None = None
    text: str = "the middle of the room"


def relation_scores(
    facts: SceneFacts, relation: str, anchor: int, standpoint: Standpoint
) -> NDArray[np.float64]:
    """How well each object stands in a relation to one other.

    Args:
        facts: The scene.
        relation: One of `lexicon.RELATIONS` that names one object.
        anchor: Row of the other object.
        standpoint: Who looks.

    Returns:
        (N,) scores; 0 for the other object itself.
    """
    if relation in SIDES:
        offsets = seen_offsets(
            facts.middle[:, :2], facts.middle[anchor, :2],
            viewer=standpoint.position if standpoint.heading is None
            else facts.middle[anchor, :2] - standpoint.heading,
        )  # fmt: skip
        # What is meant is usually near the object that is named.
        scores = side_scores(offsets, relation) * np.exp(-facts.gaps[:, anchor] / _REACH)
    elif relation == "near":
        scores = np.exp(-facts.gaps[:, anchor] / _NEAR)
    elif relation == "far":
        scores = 1 - np.exp(-facts.gaps[:, anchor] / (2 * _NEAR))
    elif relation == "on":
        scores = _supports(facts, anchor)
    elif relation == "in":
        scores = _inside(facts, anchor)
    elif relation in ("above", "under"):
        is_above = relation == "above"
        stands = _supports(facts, anchor) if is_above else _carriers(facts, anchor)
        scores = np.maximum(_stacked(facts, anchor, above=is_above), stands)
    elif relation == "same color":
        shares = np.sqrt(facts.colors)
        scores = (shares @ shares[anchor] > 0.75).astype(np.float64)
    else:
        scores = np.zeros(len(facts))
    scores = np.asarray(scores, np.float64).copy()
    scores[anchor] = 0.0
    return scores


def side_scores(offsets: NDArray[np.float64], side: str) -> NDArray[np.float64]:
    """How well objects are on a side.

    Args:
        offsets: (N, 2) meters to the left, and away from the viewer.
        side: One of `SIDES`.
    """
    left, away = offsets[:, 0], offsets[:, 1]
    along, across = {
        "left": (left, away), "right": (-left, away), "front": (-away, left),
        "behind": (away, left),
    }[side]  # fmt: skip
    angle = np.degrees(np.arctan2(along, np.abs(across) + 1e-6))
    return _rising((angle - _TURN_DEG) / _TURN_SOFT_DEG)


def between_scores(facts: SceneFacts, first: int, second: int) -> NDArray[np.float64]:
    """(N,) how well each object lies between two others."""
    middle = facts.middle[:, :2]
    total = np.linalg.norm(middle[first] - middle[second])
    detour = (
        np.linalg.norm(middle - middle[first], axis=1)
        + np.linalg.norm(middle - middle[second], axis=1)
        - total
    )
    along = (middle - middle[first]) @ (middle[second] - middle[first]) / max(total**2, 1e-9)
    scores = np.exp(-detour / _DETOUR) * ((along > 0.05) & (along < 0.95))
    scores[[first, second]] = 0.0
    return np.asarray(scores, np.float64)


def support_score(facts: SceneFacts, row: int, anchor: int) -> float:
    """How well an object stands on another: it touches a surface of the other from above."""
    if facts.supports is not None:
        return float(facts.supports[row, anchor])
    overlap = facts.overlaps[row, anchor]
    bottom, top = facts.low[row, 2], facts.high[anchor, 2]
    if row == anchor or overlap < _LEAST_OVERLAP or bottom > top + 2 * _CONTACT:
        return 0.0
    if bottom < facts.low[anchor, 2] - _CONTACT:
        return 0.0
    gap = abs(bottom - top)
    below = facts.samples[anchor]
    if len(below):
        reach = np.maximum(0.4 * (facts.high[row, :2] - facts.low[row, :2]), _PATCH)
        inside = np.all(np.abs(below[:, :2] - facts.middle[row, :2]) < reach, axis=1)
        heights = below[inside, 2]
        heights = heights[np.abs(heights - bottom) < 2 * _CONTACT]
        if len(heights):
            gap = min(gap, float(np.abs(heights - bottom).min()))
    contact = float(_rising(np.array([(_CONTACT - gap) / _CONTACT_SOFT]))[0])
    return contact * min(1.0, float(overlap) / 0.5)


def all_supports(facts: SceneFacts) -> NDArray[np.float64]:
    """(N, N) how well the first object stands on the second."""
    found = np.zeros((len(facts), len(facts)))
    for row in range(len(facts)):
        found[row] = _carriers(facts, row)
    return found


def _supports(facts: SceneFacts, anchor: int) -> NDArray[np.float64]:
    """(N,) how well each object stands on one."""
    scores = np.zeros(len(facts))
    for row in np.flatnonzero(facts.overlaps[:, anchor] >= _LEAST_OVERLAP).tolist():
        scores[row] = support_score(facts, row, anchor)
    return scores


def _carriers(facts: SceneFacts, row: int) -> NDArray[np.float64]:
    """(N,) how well one object stands on each."""
    scores = np.zeros(len(facts))
    for anchor in np.flatnonzero(facts.overlaps[row] >= _LEAST_OVERLAP).tolist():
        scores[anchor] = support_score(facts, row, anchor)
    return scores


def _inside(facts: SceneFacts, anchor: int) -> NDArray[np.float64]:
    """Share of each box that lies within another, softened."""
    common = np.minimum(facts.high, facts.high[anchor]) - np.maximum(facts.low, facts.low[anchor])
    size = np.maximum(facts.high - facts.low, 1e-6)
    share = np.prod(np.maximum(common, 0) / size, axis=1)
    smaller = np.prod(size, axis=1) < np.prod(size[anchor])
    inside: NDArray[np.float64] = _rising((share - 0.5) / 0.1) * smaller
    return inside


def _stacked(facts: SceneFacts, anchor: int, *, above: bool) -> NDArray[np.float64]:
    """How well each object is above or under another: over one place, one higher."""
    overlap = np.maximum(facts.overlaps[:, anchor], facts.overlaps[anchor])
    if above:
        rise = facts.low[:, 2] - facts.middle[anchor, 2]
    else:
        rise = facts.middle[anchor, 2] - facts.high[:, 2]
        tall = facts.high[anchor, 2] - facts.low[anchor, 2]
        rise = np.maximum(rise, np.minimum(facts.high[anchor, 2] - facts.high[:, 2] - 0.05,
                                           0.25 * tall))  # fmt: skip
        rise = np.where(facts.middle[:, 2] < facts.middle[anchor, 2], rise, -1.0)
    stacked: NDArray[np.float64] = np.minimum(1.0, overlap / 0.4) * _rising(rise / 0.03)
    return stacked


def _rising(value: NDArray[np.float64]) -> NDArray[np.float64]:
    """The logistic function."""
    result: NDArray[np.float64] = 1 / (1 + np.exp(-np.clip(value, -50, 50)))
    return result
