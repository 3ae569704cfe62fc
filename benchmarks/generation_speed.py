"""Speed and memory of the published generation networks in full size, with random weights.

A sampler step of each sparse-structure flow runs in a process of its own in bfloat16, beside the
memory that is estimated before anything is loaded. The exact savings are compared with the plain
computation at medium size in float32. Seconds are those of processors, which other programs on the
machine change less than those of the clock; with `--sample` only one block of each kind runs, and
its seconds count once per block, while all weights and conditions are in memory.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from bench_common import Goal, Report, Table, run_main
from scenewright.models.networks.flow import SceneFlow
from scenewright.models.networks.flow_config import (
    FlowConfig,
    GlobalContext,
    PoseHead,
    SceneContext,
)
from scenewright.models.networks.memory import NetworkMemory, flow_memory

TRELLIS = FlowConfig()
CONFIGS = {
    "TRELLIS": TRELLIS,
    "SceneGen": replace(TRELLIS, global_context=GlobalContext(), pose=PoseHead()),
    "I-Scene": replace(TRELLIS, scene_context=SceneContext()),
}
TOKENS = {"TRELLIS": (1374, 0), "SceneGen": (2 * 1374, 3 * 1374), "I-Scene": (1374, 0)}
"""Condition tokens per sequence, and those that all objects share."""
MEDIUM: dict[str, Any] = {
    "resolution": 8, "model_channels": 256, "cond_channels": 256, "num_blocks": 4, "num_heads": 8,
}  # fmt: skip
MEDIUM_TOKENS = 344
"""A quarter of the published number, as the medium grid has an eighth of the cells."""
LEAST_FREE_GB = 3.0
_MEMORY_GOAL_GB, _ESTIMATE_GOAL_PERCENT, _EQUAL = 16.0, 10.0, 1e-5


@dataclass(frozen=True)
class Pass:
    """What a guided sampler step runs: the conditional and the unconditional network."""

    step: Callable[[], tuple[Tensor, Tensor]]
    name: str


def main() -> None:
    """Runs the parts that are asked for."""
    arguments = _arguments()
    torch.set_num_threads(arguments.threads)
    if arguments.child:
        print(json.dumps(_full_step(arguments.child, sample=arguments.sample)))  # noqa: T201
        return
    report = Report(
        "generation_speed",
        {"threads": arguments.threads, "sample": arguments.sample, "repeats": arguments.repeats},
        seed=0,
    )
    if not arguments.only_savings:
        _add_steps(report, arguments.threads, sample=arguments.sample)
    if not arguments.only_steps:
        _add_savings(report, arguments.repeats)
    report.finish(arguments.json)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3, help="runs per median of the savings")
    parser.add_argument("--only-steps", action="store_true", help="full size only")
    parser.add_argument("--only-savings", action="store_true", help="medium size only")
    parser.add_argument("--sample", action="store_true", help="one block of each kind")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--child", choices=sorted(CONFIGS), help=argparse.SUPPRESS)
    return parser.parse_args()


def _empty(name: str) -> SceneFlow:
    with torch.device("meta"):
        network = SceneFlow(CONFIGS[name])
    network.set_dtype(torch.bfloat16)
    return network.eval()


def _estimate(name: str) -> NetworkMemory:
    tokens, shared = TOKENS[name]
    return flow_memory(_empty(name), objects=1, tokens=tokens, shared_tokens=shared)


def _full_step(name: str, *, sample: bool) -> dict[str, float]:
    """Seconds and peak memory of one conditional step, in this process."""
    _stop_without_memory()
    torch.manual_seed(0)
    network = _empty(name).to_empty(device="cpu")
    with torch.inference_mode():
        _fill(network)
        config, (tokens, shared) = network.config, TOKENS[name]
        slots = () if config.scene_context is None else (config.slots,)
        start = time.process_time()
        condition = network.prepare(
            torch.randn(1, *slots, tokens, config.cond_channels),
            shared_tokens=torch.randn(shared, config.cond_channels) if shared else None,
            shared_slots=(1,) if slots else (),
        )
        prepared = time.process_time()
        side = config.resolution
        x = torch.randn(1, *slots, config.in_channels, side, side, side)
        copies = _reduce(network) if sample else [1] * config.num_blocks
        blocks = tuple(condition.blocks[row] for row in _rows(config, sample=sample))
        seconds = _timed_blocks(network)
        begin = time.process_time()
        network(x, torch.full((1,), 500.0), replace(condition, blocks=blocks))
        whole = time.process_time() - begin
    repeated = sum((more - 1) * one for more, one in zip(copies, seconds, strict=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"prepare": prepared - start, "step": whole + repeated, "peak": float(peak)}


def _fill(network: SceneFlow) -> None:
    """Random values, repeated; drawing all of them would take longer than the step."""
    values = 0.02 * torch.randn(1 << 20)
    for tensor in network.state_dict().values():
        for part in tensor.view(-1).split(len(values)):
            part.copy_(values[: len(part)])


def _rows(config: FlowConfig, *, sample: bool) -> list[int]:
    """Numbers of the blocks that run."""
    if not sample:
        return list(range(config.num_blocks))
    return [0] if config.scene_context is None else [0, config.scene_context_blocks[0]]


def _reduce(network: SceneFlow) -> list[int]:
    """Leaves one block of each kind in the network; how many blocks each stands for."""
    config = network.config
    network.others = network.blocks  # keeps their memory
    network.blocks = torch.nn.ModuleList(network.blocks[row] for row in _rows(config, sample=True))
    special = len(config.scene_context_blocks)
    return [config.num_blocks - special] + ([special] if special else [])


def _timed_blocks(network: SceneFlow) -> list[float]:
    """A list that the next call of the network fills with the seconds of its blocks."""
    seconds: list[float] = []
    begun: list[float] = []
    for block in network.blocks:
        block.register_forward_pre_hook(lambda *_: begun.append(time.process_time()))
        block.register_forward_hook(lambda *_: seconds.append(time.process_time() - begun[-1]))
    return seconds


def _stop_without_memory() -> None:
    """Ends this process when the machine runs out of memory."""

    def watch() -> None:
        while True:
            if _free_gb() < LEAST_FREE_GB:
                os._exit(3)
            time.sleep(0.1)

    threading.Thread(target=watch, daemon=True).start()


def _free_gb() -> float:
    for line in Path("/proc/meminfo").read_text("ascii").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024 / 1e9
    return float("inf")


def _add_steps(report: Report, threads: int, *, sample: bool) -> None:
    rows = []
    for name in CONFIGS:
        estimate = _estimate(name)
        command = [sys.executable, __file__, "--child", name, "--threads", str(threads)]
        command += ["--sample"] if sample else []
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            report.remark(f"{name}: ended with {done.returncode}; {done.stderr[-500:]}")
            continue
        found = json.loads(done.stdout)
        off = 100 * (estimate.peak / found["peak"] - 1)
        rows.append((
            name, f"{found['step']:.1f}", f"{found['prepare']:.1f}",
            f"{estimate.weights / 1e9:.2f}",
            f"{estimate.work / 1e9:.2f}", f"{estimate.peak / 1e9:.2f}",
            f"{found['peak'] / 1e9:.2f}", f"{off:+.1f}",
        ))  # fmt: skip
        report.results[name] = {**found, "estimate": estimate.peak}
        report.goals += [
            Goal(f"{name}: peak memory", found["peak"] / 1e9, _MEMORY_GOAL_GB, "GB"),
            Goal(f"{name}: error of the estimate", abs(off), _ESTIMATE_GOAL_PERCENT, "%"),
        ]
    columns = ("network, N = 1", "s per step", "s once", "weights, GB", "work, GB",
               "estimate, GB", "peak, GB", "off by, %")  # fmt: skip
    note = (
        "One conditional call of the sparse-structure flow in bfloat16 on the CPU, random weights; "
        "'once' projects the condition. A guided step adds the unconditional call. Seconds of "
        "processors, both cores together"
        + (", of one block of each kind times their number." if sample else ".")
    )
    report.add(Table("Full size", columns, tuple(rows), note))


def _add_savings(report: Report, repeats: int) -> None:
    rows = []
    with torch.inference_mode():
        for name, objects in (("TRELLIS", 4), ("SceneGen", 4), ("I-Scene", 4)):
            plain, saving = _passes(name, objects)
            (reference, slow), (result, fast) = (
                _median(each.step, repeats) for each in (plain, saving)
            )
            size = max(float(part.abs().max()) for part in reference)
            error = max(
                float((a - b).abs().max()) for a, b in zip(reference, result, strict=True)
            ) / size  # fmt: skip
            rows.append((f"{name}, N = {objects}", f"{1000 * slow:.0f}", f"{1000 * fast:.0f}",
                         f"{slow / fast:.2f}", f"{error:.1e}"))  # fmt: skip
            report.results[f"savings {name}"] = {"plain": slow, "saving": fast, "error": error}
            report.goals.append(Goal(f"{name}: savings, relative error / 1e-5", error / _EQUAL, 1))
    columns = ("network", "plain, ms", "with savings, ms", "times as fast", "largest error")
    note = (
        "A guided sampler step (two calls) in float32, width 256, 4 blocks, grid 8, 344 tokens. "
        "Seconds of processors. Plain: object by object where objects are independent, condition "
        "projected in every call, zeros attended to. Savings: condition projected once per object "
        "before the first step, zeros folded, scene slot once, objects together. Errors are "
        "relative to the largest velocity."
    )
    report.add(Table("Exact savings", columns, tuple(rows), note))


def _passes(name: str, objects: int) -> tuple[Pass, Pass]:
    config = replace(CONFIGS[name], **MEDIUM)
    if config.global_context is not None:
        config = replace(config, global_context=GlobalContext(4, MEDIUM_TOKENS))
    torch.manual_seed(0)
    network = SceneFlow(config).eval()
    for parameter in network.parameters():
        parameter.add_(0.02 * torch.randn(parameter.shape))
    slots = () if config.scene_context is None else (config.slots,)
    own = 2 * MEDIUM_TOKENS if config.global_context else MEDIUM_TOKENS
    tokens = torch.randn(objects, *slots, own, config.cond_channels)
    x = torch.randn(objects, *slots, config.in_channels, *(config.resolution,) * 3)
    shared_slots: tuple[int, ...] = ()
    if slots:
        tokens[:, 1], x[:, 1] = tokens[0, 1], x[0, 1]
        shared_slots = (1,)
    common = torch.randn(3 * MEDIUM_TOKENS, config.cond_channels) if own > MEDIUM_TOKENS else None
    whole = tokens if common is None else torch.cat([tokens, common.expand(objects, -1, -1)], 1)
    time_now = torch.full((objects,), 500.0)
    parts = [slice(0, objects)] if common is not None else [slice(i, i + 1) for i in range(objects)]

    def plain() -> tuple[Tensor, Tensor]:
        calls = [
            [network(x[part], time_now[part], given[part]).velocity for part in parts]
            for given in (whole, torch.zeros_like(whole))
        ]
        return torch.cat(calls[0]), torch.cat(calls[1])

    condition = network.prepare(tokens, shared_tokens=common, shared_slots=shared_slots)
    zeros = network.prepare_zeros(shared_slots=shared_slots)

    def saving() -> tuple[Tensor, Tensor]:
        return network(x, time_now, condition).velocity, network(x, time_now, zeros).velocity

    return Pass(plain, "plain"), Pass(saving, "with savings")


def _median(
    run: Callable[[], tuple[Tensor, Tensor]], repeats: int
) -> tuple[tuple[Tensor, Tensor], float]:
    """The result, and the median of the seconds of processors."""
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        result = run()
        seconds.append(time.process_time() - start)
    return result, statistics.median(seconds)


if __name__ == "__main__":
    run_main(main)
