"""Whether random compositions teach a generator where things go (I-Scene, arXiv 2512.13683).

    python benchmarks/generation_claim.py random=random.safetensors rooms=rooms.safetensors \\
        both=both.safetensors alone=alone.safetensors --views 40 -o generation_claim.json

Each model is an image encoder of `scenewright train encoder`, taught for equally many steps: on
random compositions (`--kind random`), on rooms (`--kind rooms`), on shards of both, and on both
without the context of the scene (`--no-context`). All are measured on the same held-out rooms and
random compositions. Figures are means over objects, F-scores means over views.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from time import perf_counter

import numpy as np
import torch

from scenewright.models.generators.tiny.sampling import TinyNetworks, sample_slots
from scenewright.models.generators.tiny.weights import read_encoder
from scenewright.worlds.generation.view_samples import ViewSample
from tiny_generation import Rows, held_out_views, measure_view, without_points

KINDS = ("rooms", "random")
SHOWN = (
    "F-score, depth",
    "F-score, picture",
    "F-score, picture, scene scaled and shifted",
    "box IoU, depth",
    "box IoU, picture",
    "shape IoU, depth",
    "shape IoU, picture",
)
CLAIM = 10.0
"""Points of F-score by which random compositions may be behind rooms, on rooms."""
CONTEXT = 20.0
"""Points of F-score that the context of the scene is to bring."""
Table = dict[str, dict[str, dict[str, float]]]


def main() -> int:
    """Measures and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="+", help="NAME=FILE")
    parser.add_argument("--views", type=int, default=40, help="of each kind")
    parser.add_argument("-o", "--output", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    start = perf_counter()
    table: Table = {kind: {} for kind in KINDS}
    for kind in KINDS:
        views = list(held_out_views(kind, options.views))
        for name, path in (given.split("=", 1) for given in options.models):
            table[kind][name] = measured(TinyNetworks(read_encoder(path)), views)
    show(table)
    sys.stdout.write(f"{options.views} views of each kind, {perf_counter() - start:.0f} s\n")
    if options.output is not None:
        facts = {"views": options.views, "models": list(options.models)}
        options.output.write_text(json.dumps({"facts": facts, "table": table}, indent=1) + "\n")
    return 0


def measured(networks: TinyNetworks, views: list[ViewSample]) -> dict[str, float]:
    """The figures of one model."""
    rows: Rows = {}
    for view in views:
        for name, crops in (("picture", without_points(view.crops)), ("depth", view.crops)):
            measure_view(rows, view, sample_slots(networks, [crops], seed=0), name)
    return {name: float(np.mean(rows[name])) for name in SHOWN}


def show(table: Table) -> None:
    """Prints the figures, and what they say about the claim and about context."""
    for kind, models in table.items():
        sys.stdout.write(f"tested on {kind:<42}" + "".join(f"{name:>10}" for name in models) + "\n")
        for figure in SHOWN:
            values = "".join(f"{found[figure]:10.3f}" for found in models.values())
            sys.stdout.write(f"{figure:<52}{values}\n")
    rooms = table["rooms"]
    for figure in SHOWN[:3]:
        if {"random", "rooms"} <= set(rooms):
            behind = rooms["rooms"][figure] - rooms["random"][figure]
            verdict = "holds" if behind <= CLAIM else "DOES NOT HOLD"
            sys.stdout.write(f"{figure}, rooms: random is behind rooms by {behind:.1f} points; "
                             f"goal {CLAIM:g}: {verdict}\n")  # fmt: skip
        if {"both", "alone"} <= set(rooms):
            gain = rooms["both"][figure] - rooms["alone"][figure]
            verdict = "met" if gain >= CONTEXT else "MISSED"
            sys.stdout.write(f"{figure}, rooms: context brings {gain:.1f} points; "
                             f"goal {CONTEXT:g}: {verdict}\n")  # fmt: skip


if __name__ == "__main__":
    raise SystemExit(main())
