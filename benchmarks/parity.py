"""Whether the networks compute what the published ones do: recorded runs of the originals.

Each folder of the recordings holds the configuration, random weights, inputs and results of one
published network. A line per result gives the largest error over the standard deviation of the
reference. The exit code is 1 if one is over its limit.

Run: python benchmarks/parity.py --fixtures FOLDER [--only NAME ...]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from parity_common import Entry, Recording, Runner, compare, read_recording, skipped
from parity_dense import RUNNERS as DENSE
from parity_sparse import RUNNERS as SPARSE

RUNNERS: dict[str, Runner] = {**DENSE, **SPARSE}
"""What runs the network of a recording, by the name of its published class."""


def check(recording: Recording) -> Iterator[Entry]:
    """Runs the network of a recording and compares every recorded result."""
    if recording.network == "FlexiCubes":
        yield skipped(recording.name)
        return
    runner = RUNNERS.get(recording.network)
    if runner is None:
        yield Entry(recording.name, float("inf"), 0.0, f"no network {recording.network}")
        return
    with torch.inference_mode():
        results = runner(recording)
    yield from compare(recording, results)


def recordings(folder: Path, only: Sequence[str] = ()) -> list[Path]:
    """Folders of recordings below a folder, or the folder itself if it is one."""
    folders = [folder, *sorted(folder.iterdir())]
    found = [path for path in folders if (path / "config.json").is_file()]
    return [path for path in found if not only or path.name in only]


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints a line per result; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--fixtures", type=Path, required=True, help="folder of recordings")
    parser.add_argument("--only", nargs="*", default=[], help="names of recordings")
    parser.add_argument("--threads", type=int, default=1, help="threads of PyTorch")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    entries: list[Entry] = []
    for folder in recordings(options.fixtures, options.only):
        for entry in check(read_recording(folder)):
            entries.append(entry)
            sys.stdout.write(f"{entry}\n")
            sys.stdout.flush()
    over = sum(not entry.ok for entry in entries)
    left_out = sum(entry.is_skipped for entry in entries)
    text = f"{len(entries) - left_out} results, {over} over their limit"
    sys.stdout.write(f"{text}, {left_out} skipped\n" if left_out else f"{text}\n")
    return int(over > 0 or not entries)


if __name__ == "__main__":
    sys.exit(main())
