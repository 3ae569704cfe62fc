"""What is promised of plain defaults, place by place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from accuracy_baseline import Figures, better_ap50
from accuracy_summary import Summary
from bench_common import Goal

DEFAULT = "default"
_NAMES = ("AP", "AP50", "AP25")

CONSTANT: dict[str, dict[str, float]] = {
    "living-room": {"AP50": 60.0, "AP25": 78.0},
    "bedroom": {"AP50": 88.0, "AP25": 92.0},
    "demo-room": {"AP50": 80.0},
    "rooms": {"AP50": 72.0, "AP25": 84.0},
}
"""Least values with constant scores, percent, by place."""
OWN: dict[str, dict[str, float]] = {"rooms": {"AP50": 78.0, "AP25": 88.0}}
"""Least values with the scene's own scores."""
MADE_FROM_TRUTH: dict[tuple[str, str], dict[str, float]] = {
    ("living-room", "true"): {"AP": 97.0},
    ("bedroom", "true"): {"AP": 98.8},
    ("living-room", "damaged"): {"AP50": 83.6},
    ("bedroom", "damaged"): {"AP50": 85.7},
}
"""Least values with constant scores, by place and kind of masks."""
LEAD_AP50 = 15.0
"""Points of AP50 by which plain defaults are ahead of the better baseline."""
LEAST_FLOOR_IOU = 0.9
LISTED_PER_TRUE = (0.8, 1.5)


def make_goals(
    results: Mapping[str, Mapping[str, Summary]], baseline: Mapping[str, Figures]
) -> list[Goal]:
    """The goals of the rows that were measured."""
    goals: list[Goal] = []
    for place, by_kind in results.items():
        if DEFAULT in by_kind:
            goals += _default_goals(place, by_kind[DEFAULT], baseline.get(place))
        for (name, kind), limits in MADE_FROM_TRUTH.items():
            if name == place and kind in by_kind:
                goals += _at_least(f"{place}, {kind} masks", by_kind[kind].constant, limits)
    return goals


def _default_goals(place: str, found: Summary, baseline: Figures | None) -> Iterator[Goal]:
    yield from _at_least(place, found.constant, CONSTANT.get(place, {}))
    yield from _at_least(f"{place}, own scores", found.own, OWN.get(place, {}))
    gain = found.own[0] - found.constant[0]
    yield Goal(f"{place}: AP of own over constant scores", gain, 0.0, at_most=False)
    if baseline:
        lead = found.constant[1] - better_ap50(baseline)
        yield Goal(f"{place}: AP50 over the better Open3D", lead, LEAD_AP50, at_most=False)
    floor = found.lowest_floor_iou
    yield Goal(f"{place}: IoU of the floor, lowest", floor, LEAST_FLOOR_IOU, at_most=False)
    low, high = LISTED_PER_TRUE
    yield Goal(f"{place}: things listed per true one", found.listed_per_true, low, at_most=False)
    yield Goal(f"{place}: things listed per true one", found.listed_per_true, high)


def _at_least(
    what: str, measured: tuple[float, float, float], limits: Mapping[str, float]
) -> Iterator[Goal]:
    for name, value in zip(_NAMES, measured, strict=True):
        if name in limits:
            yield Goal(f"{what}: {name}", value, limits[name], at_most=False)
