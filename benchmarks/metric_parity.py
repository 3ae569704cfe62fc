"""Compares the metrics with recorded results of published evaluators.

    python benchmarks/metric_parity.py --fixtures FOLDER

The folder holds, for each kind of metric, a JSON file of results, with the inputs in it or in a
.npz file of the same name. A line is printed per kind that is known here: how many values were
compared, the largest error as a share of its tolerance, and whether all values agree. `CHECKS`
lists the kinds; a file belongs to a kind if its name starts with it. The exit code is 1 if a value
differs, and 2 if there is nothing to compare.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from metric_parity_grounding import check_multi3drefer, check_scanrefer
from metric_parity_instances import check_instance_ap, check_prompt_masks, check_transfer
from metric_parity_language import (
    check_answers,
    check_captions,
    check_scan2cap,
    check_tokeniser,
)
from metric_parity_scenes import check_scenes
from metric_parity_tally import Tally

Check = Callable[[Mapping[str, Any], Mapping[str, Any], Tally], None]

CHECKS: dict[str, Check] = {
    "scene_generation": check_scenes,
    "instance_ap": check_instance_ap,
    "instance_transfer": check_transfer,
    "lerf_mask": check_prompt_masks,
    "answers": check_answers,
    "captions": check_captions,
    "multi3drefer": check_multi3drefer,
    "scan2cap": check_scan2cap,
    "scanrefer": check_scanrefer,
    "tokeniser": check_tokeniser,
}
WITH_ARRAYS = ("scene_generation", "instance_ap", "instance_transfer", "lerf_mask")
"""Kinds whose inputs are in a .npz file."""


def compare_file(path: Path, check: Check) -> Tally:
    """Compares all values of a JSON file, whose inputs are in it or beside it."""
    expected = json.loads(path.read_text(encoding="utf-8"))
    tally = Tally()
    if not path.with_suffix(".npz").is_file():
        check(expected, {}, tally)
        return tally
    with np.load(path.with_suffix(".npz"), allow_pickle=False) as arrays:
        inputs = {key: arrays[key] for key in arrays.files}
    check(expected, inputs, tally)
    return tally


def compare_folder(folder: Path, console: Console) -> int:
    """Compares all files of known kinds and prints a line for each; returns the exit code."""
    known = [
        (path, check)
        for path in sorted(folder.glob("*.json"))
        for kind, check in CHECKS.items()
        if path.name.startswith(kind)
        and (path.with_suffix(".npz").is_file() or kind not in WITH_ARRAYS)
    ]
    if not known:
        console.print(f"{folder}: nothing to compare; expected files such as scene_generation.json")
        return 2
    failed = False
    for path, check in known:
        tally = compare_file(path, check)
        failed |= not tally.agrees
        console.print(f"{path.name}: {tally.line()}", soft_wrap=True)
    return int(failed)


def main() -> int:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--fixtures", type=Path, required=True, metavar="FOLDER")
    folder = parser.parse_args().fixtures
    return compare_folder(folder, Console(highlight=False))


if __name__ == "__main__":
    sys.exit(main())
