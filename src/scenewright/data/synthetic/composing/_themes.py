"""What stands in which kind of room, and how it is arranged."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scenewright.data.synthetic.composing._body import Body
from scenewright.data.synthetic.composing._plan import Plan
from scenewright.data.synthetic.composing._supply import Supply


def living(plan: Plan, supply: Supply) -> None:
    """Sofa with a low table on a rug, armchairs, a screen opposite, shelves."""
    rng = plan.rng
    sofa = supply.make("sofa")
    body = None if sofa is None else plan.at_wall(sofa, front=1.2)
    if body is not None:
        _before_sofa(plan, supply, body)
    _at_wall(plan, supply, ["tv stand", "sideboard"], with_top=("tv",))
    for labels in (["bookcase", "shelf"], ["cabinet", "dresser", "sideboard"]):
        if rng.uniform() < 0.8:
            _at_wall(plan, supply, labels)


def _before_sofa(plan: Plan, supply: Supply, sofa: Body) -> None:
    rng = plan.rng
    half, front = float(sofa.model.bounds[1, 0]), float(sofa.model.bounds[0, 1])
    rug = supply.make("rug") if rng.uniform() < 0.7 else None
    table = supply.make("coffee table", "table")
    deep = 0.0 if table is None else float(table.bounds[1, 1])
    away = front - float(rng.uniform(0.3, 0.45)) - deep
    shared: tuple[int, ...] = ()
    if rug is not None:
        laid = plan.near(rug, sofa, (0.0, min(away, front - rug.bounds[1, 1] - 0.03)), 0.0)
        shared = () if laid is None else (laid.instance_id,)
    if table is not None:
        plan.near(table, sofa, (float(rng.uniform(-0.15, 0.15)), away), 0.0, ignore=shared)
    for side in (-1.0, 1.0):
        seat = supply.make("armchair") if rng.uniform() < 0.4 else None
        if seat is not None:
            place = (side * (half + 0.15), away - float(rng.uniform(0.1, 0.4)))
            plan.near(seat, sofa, place, side * float(rng.uniform(-1.6, -1.1)))
        end = supply.make("side table", "nightstand", "floor lamp", "plant")
        if end is not None and rng.uniform() < 0.6:
            y = float(sofa.model.bounds[1, 1] - end.bounds[1, 1])
            plan.near(end, sofa, (side * (half + 0.06 + float(end.bounds[1, 0])), y), 0.0)


def dining(plan: Plan, supply: Supply) -> None:
    """A table with chairs around it, cupboards at the walls."""
    table = supply.make("table")
    if table is not None:
        rng = plan.rng
        for _ in range(12):
            rect = plan.outline.rects[0]
            middle = np.array([(rect[0] + rect[2]) / 2, (rect[1] + rect[3]) / 2])
            x, y = middle + rng.uniform(-0.5, 0.5, 2)
            turn = float(rng.integers(2)) * np.pi / 2 + float(rng.normal(0, 0.05))
            body = plan.put(table, float(x), float(y), turn, margin=0.55)
            if body is not None:
                seats_around(plan, supply, body)
                break
    for labels in (["sideboard", "cabinet"], ["bookcase", "cabinet", "shelf"]):
        _at_wall(plan, supply, labels)


def seats_around(plan: Plan, supply: Supply, table: Body, *, share: float = 0.85) -> None:
    """Chairs that face a table, some pushed under it and some pulled out."""
    rng = plan.rng
    first = supply.make("chair", "stool")
    if first is None:
        return
    half_x, half_y = table.model.bounds[1, :2]
    width = float(np.ptp(first.bounds[:, 0])) + 0.12
    for turn, along, out in ((0.0, half_x, half_y), (np.pi / 2, half_y, half_x),
                             (np.pi, half_x, half_y), (-np.pi / 2, half_y, half_x)):  # fmt: skip
        number = max(int(2 * along / width), 1 if 2 * along > 0.5 else 0)
        for k in range(min(number, 3)):
            if rng.uniform() > share:
                continue
            shift = (k - (min(number, 3) - 1) / 2) * (2 * along / max(min(number, 3), 1))
            pulled = float(rng.choice([-0.1, 0.02, 0.1, 0.25]))
            # At turn 0 the chair stands behind the table (+y) and its front faces the table.
            local = np.array([shift + rng.normal(0, 0.02), out + pulled - first.bounds[0, 1]])
            c, s = np.cos(turn), np.sin(turn)
            place = (float(c * local[0] - s * local[1]), float(s * local[0] + c * local[1]))
            askew = float(rng.normal(0, 0.12))
            plan.near(first, table, place, turn + askew, ignore=(table.instance_id,))


def bedroom(plan: Plan, supply: Supply) -> None:
    """A bed with its head to a wall, tables beside it, a wardrobe."""
    rng = plan.rng
    bed = supply.make("bed")
    body = None if bed is None else plan.at_wall(bed, front=0.5)
    if body is not None and bed is not None:
        for side in (-1.0, 1.0):
            stand = supply.make("nightstand", "side table")
            if stand is None or rng.uniform() < 0.2:
                continue
            x = side * float(bed.bounds[1, 0] + 0.05 + stand.bounds[1, 0])
            plan.near(stand, body, (x, float(bed.bounds[1, 1] - stand.bounds[1, 1])), 0.0)
    _at_wall(plan, supply, ["wardrobe", "cabinet"])
    for labels in (["dresser", "sideboard"], ["desk"], ["bookcase", "shelf"]):
        if rng.uniform() < 0.6:
            _at_wall(plan, supply, labels)


def office(plan: Plan, supply: Supply) -> None:
    """Desks with chairs, shelves, cabinets."""
    for _ in range(int(plan.rng.integers(1, 4))):
        desk = supply.make("desk", "table")
        body = None if desk is None else plan.at_wall(desk, front=0.7)
        if body is None or desk is None:
            continue
        chair = supply.make("office chair", "chair")
        if chair is not None:
            y = float(desk.bounds[0, 1]) - float(plan.rng.uniform(-0.1, 0.3)) + chair.bounds[0, 1]
            turn = np.pi + float(plan.rng.normal(0, 0.35))
            plan.near(chair, body, (float(plan.rng.normal(0, 0.12)), y), turn,
                      ignore=(body.instance_id,))  # fmt: skip
    for labels in (["bookcase", "shelf"], ["cabinet", "drawer unit"], ["bookcase", "cabinet"]):
        _at_wall(plan, supply, labels)


def store(plan: Plan, supply: Supply) -> None:
    """Shelves, and things that stand about."""
    for _ in range(int(plan.rng.integers(2, 5))):
        _at_wall(plan, supply, ["shelf", "bookcase", "cabinet"])
    for _ in range(int(plan.rng.integers(2, 6))):
        model = supply.any_of("floor", "wall_side")
        if model is not None:
            plan.anywhere(model)


def _at_wall(
    plan: Plan, supply: Supply, labels: list[str], *, with_top: tuple[str, ...] = ()
) -> None:
    model = supply.make(*labels)
    body = None if model is None else plan.at_wall(model)
    top = supply.make(*with_top)
    if body is not None and top is not None and plan.surfaces and plan.surfaces[-1].body is body:
        highest = max(
            (s for s in plan.surfaces if s.body is body), key=lambda surface: surface.z
        )
        plan.on(highest, top, turn=0.0)


THEMES: dict[str, Callable[[Plan, Supply], None]] = {
    "living": living,
    "bedroom": bedroom,
    "office": office,
    "dining": dining,
    "store": store,
}
"""How each kind of room is arranged."""
