"""Fine-tunes a published flow on scenes in SceneGen's layout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from scenewright.core import Progress, no_progress
from scenewright.models.generators.checkpoints import load_network
from scenewright.models.networks.flow import SceneFlow
from scenewright.models.networks.ss_vae import SparseStructureDecoder
from scenewright.training.averaged import AveragedNetwork, PartLoss
from scenewright.training.collisions import collision_loss, shared_volume
from scenewright.training.loop import run_training
from scenewright.training.precision import fast_bfloat16
from scenewright.training.processes import Part, Processes, joined_processes
from scenewright.training.tasks.sceneflow.batches import (
    Predicted,
    SceneBatch,
    predicted,
    scene_batch,
)
from scenewright.training.tasks.sceneflow.config import (
    SCENEGEN,
    TRAINED_PARTS,
    SceneFlowTrainingConfig,
)
from scenewright.training.tasks.sceneflow.losses import (
    flow_loss,
    placed_occupancy,
    pose_loss,
    random_times,
)
from scenewright.training.tasks.sceneflow.scenes import SceneStore
from scenewright.training.tasks.sceneflow.starting import Start, WeightPlaces, read_start
from scenewright.training.tasks.sceneflow.state import AdaptiveClip, LossBalance

PACKAGE, PREPARED = "package", "prepared"
"""Folders of the exported weights, and of encoded scenes."""
_DECODER = "sparse_structure_decoder"
_INSTANCE = 0
"""The slot of the object in the cube of the scene."""
_SURE_TIME = 0.5
"""At later times estimates are too rough to collide; then the true shapes do."""
_TIMES = (0.25, 0.5, 0.75)
"""Of validation."""
_MOST_VALIDATED = 32


def train_sceneflow(
    places: WeightPlaces,
    data: str | Path,
    out: str | Path,
    *,
    config: SceneFlowTrainingConfig | None = None,
    max_minutes: float | None = None,
    progress: Progress = no_progress,
) -> tuple[Path, int]:
    """Fine-tunes a flow; run again to resume from the last checkpoint.

    Args:
        places: References of the package to begin from, and of the other networks.
        data: Folder in the layout of SceneGen.
        out: Folder for ``prepared/``, ``checkpoint.safetensors``, ``log.jsonl``, ``curves.png``
            and ``package/``.
        config: Training configuration; None takes the defaults.
        max_minutes: Time limit, minutes; see `run_training`.
        progress: Progress callback (stage, done, total, unit).

    Returns:
        Folder of the package, and the number of steps taken in all.

    Raises:
        CaptureError: There are too few scenes.
        ConventionError: Ten batches had a loss that is not finite.
        FormatError: The data or the checkpoint are damaged.
        WeightsError: Weights are missing, refused, damaged, or those of another network.
    """
    config = config or SceneFlowTrainingConfig()
    torch.set_num_threads(config.num_threads)
    out = Path(out)
    processes = joined_processes(config.device)
    start = read_start(config.recipe, places)
    task = SceneFlowTask(start, data, out, config=config, processes=processes)
    steps = run_training(
        task, out, steps=config.steps, validate_every=config.validate_every,
        max_minutes=max_minutes, processes=processes, progress=progress,
    )  # fmt: skip
    return out / PACKAGE, steps


def adamw(
    network: nn.Module, *, learning_rate: float, weight_decay: float
) -> tuple[torch.optim.Optimizer, ...]:
    """AdamW for the weights of a network that are trained."""
    trained = [each for each in network.parameters() if each.requires_grad]
    return (torch.optim.AdamW(trained, lr=learning_rate, weight_decay=weight_decay),)


def choose_trained(network: nn.Module, parts: Sequence[str]) -> None:
    """Only weights with one of `parts` in their names are trained; changes the network in place."""
    for name, weight in network.named_parameters():
        weight.requires_grad_(any(part in name for part in parts))


class SceneFlowTask:
    """A published flow as a `TrainingTask`.

    Args:
        start: What it begins from.
        data: Folder in the layout of SceneGen.
        out: Folder for encoded scenes and weights.
        config: Training configuration.
        processes: Those that train together; None for this one alone.
    """

    def __init__(
        self,
        start: Start,
        data: str | Path,
        out: Path,
        *,
        config: SceneFlowTrainingConfig,
        processes: Processes | None = None,
    ) -> None:
        torch.manual_seed(config.seed)
        self._config = config
        self._start = start
        self._processes = processes or Processes()
        self._device = self._processes.device(config.device)
        self.package = out / PACKAGE
        self.store = SceneStore(data, start, out / PREPARED, config=config, device=self._device)
        flow = start.flow().to(self._device)
        flow.recompute = config.recompute
        choose_trained(flow, ("",) if config.train_all else TRAINED_PARTS[config.recipe])
        self._balance, self._clip = LossBalance(), AdaptiveClip()
        self._trained = AveragedNetwork(
            flow, learning_rate=config.learning_rate, weight_decay=config.weight_decay,
            optimizers=adamw, clip=self._clip, processes=self._processes,
        )  # fmt: skip
        decoder, _ = load_network(
            start.files.networks[_DECODER], dtype=torch.float32, device=self._device,
            allow_pickles=start.places.allow_pickles,
        )  # fmt: skip
        self._decoder = cast(SparseStructureDecoder, decoder.requires_grad_(False))
        self._order: tuple[int, list[tuple[str, int]]] | None = None
        self._ratios: list[float] = []

    @property
    def settings(self) -> Mapping[str, Any]:
        """The training configuration as JSON values."""
        return asdict(self._config)

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """The flow, its moving average, and what the loss remembers."""
        return {**self._trained.parts, "balance": self._balance, "clip": self._clip}

    @property
    def optimizers(self) -> Sequence[torch.optim.Optimizer]:
        """AdamW."""
        return self._trained.optimizers

    def prepare(self, step: int, *, progress: Progress) -> None:
        """Encodes the scenes, and writes the package but for the flow; see `TrainingTask`."""
        self.store.prepare(self._processes.parts()[0], progress=progress)
        if self._processes.is_main:
            self._start.write_package(self.package)

    def learn(self, step: int) -> float:
        """Takes one optimization step on scenes in random order; see `TrainingTask`."""
        config = self._config
        parts = self._processes.parts(config.scenes)
        self._ratios = []
        loss = self._trained.learn_parts(
            [partial(self._part, step, part) for part in parts], step, config
        )
        # Without poses the balance has no effect, but the processes must agree on whether it moves.
        ratio = self._processes.mean(float(np.mean(self._ratios)) if self._ratios else np.nan)
        if np.isfinite(loss) and np.isfinite(ratio):
            self._balance.update(ratio)
        return loss

    def _part(self, step: int, part: Part) -> PartLoss:
        """The loss of one scene."""
        config = self._config
        name, query = self._sample(step * part.total + part.number)
        rng = np.random.default_rng([config.seed, step, part.number])
        others = np.delete(np.arange(self.store.num_objects(name)), query)
        order = np.array([query, *rng.permutation(others)[: config.max_objects - 1]], np.int64)
        batch = scene_batch(self.store.read(name), order, name=name, device=self._device)
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        time = random_times(len(order), generator, mean=config.time_mean, std=config.time_std)
        dropped = torch.rand(len(order), generator=generator) < config.drop_condition
        noise = torch.randn(batch.latents.shape, generator=generator)
        losses = self._losses(self._trained.network, batch, noise, time, dropped)
        total = losses["flow"]
        extras = config.collision * losses["collision"]
        if "pose" in losses:
            extras = extras + config.pose_weight * losses["pose"]
            self._ratios.append(losses["flow"].item() / max(losses["pose"].item(), 1e-8))
        total = total + self._balance.weight * extras
        return PartLoss(total, f"step {step}, {batch.name}")

    def _losses(
        self, flow: SceneFlow, batch: SceneBatch, noise: Tensor, time: Tensor, dropped: Tensor
    ) -> dict[str, Tensor]:
        device, sigma = self._device, self._start.sigma_min
        noise, time = noise.to(device), time.to(device)
        is_narrow = self._config.bfloat16 and fast_bfloat16(device.type)
        with torch.autocast(device.type, torch.bfloat16, enabled=is_narrow):
            found = predicted(flow, batch, noise, time, dropped=dropped.to(device), sigma_min=sigma)
        result = {
            "flow": flow_loss(found.velocity, batch.latents, noise, sigma_min=sigma),
            "collision": noise.new_zeros(()),
        }
        if len(time) > 1:
            if self._config.collision > 0:
                result["collision"] = collision_loss(self._shared(batch, found, time))
            if found.poses is not None:
                result["pose"] = pose_loss(found.poses, batch.poses)
        return result

    def _shared(self, batch: SceneBatch, found: Predicted, time: Tensor) -> Tensor:
        """Share of the scene that objects share where they were predicted to be."""
        is_sure = (time < _SURE_TIME).view(-1, *[1] * (batch.latents.ndim - 1))
        shapes = torch.where(is_sure, found.estimate, batch.latents)
        if found.poses is None:
            return shared_volume(self._occupied(shapes[:, _INSTANCE]))
        side = self._config.collision_side
        placed = placed_occupancy(self._occupied(shapes), found.poses.float(), side=side)
        return shared_volume(placed)

    def _occupied(self, latents: Tensor) -> Tensor:
        """(N, R, R, R) probabilities of decoded latents."""
        logits: Tensor = checkpoint(self._decoder, latents.float(), use_reentrant=False)
        return logits[:, 0].sigmoid()

    def _sample(self, position: int) -> tuple[str, int]:
        """Scene and query of a position in the endless order of samples."""
        config = self._config
        epoch, place = divmod(position, self._num_samples)
        if self._order is None or self._order[0] != epoch:
            samples = [
                (name, query)
                for name in self.store.train
                for query in range(self.store.num_objects(name) if self._has_queries else 1)
            ]
            order = np.random.default_rng([config.seed, epoch]).permutation(len(samples))
            self._order = epoch, [samples[i] for i in order]
        return self._order[1][place]

    @property
    def _has_queries(self) -> bool:
        """Whether every object takes a turn as the one that poses are relative to."""
        return self._config.recipe == SCENEGEN

    @property
    def _num_samples(self) -> int:
        if not self._has_queries:
            return len(self.store.train)
        return sum(self.store.num_objects(name) for name in self.store.train)

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Mean losses on held-out scenes at fixed times, of the averaged weights."""
        rows: dict[str, list[float]] = {}
        flow = self._trained.average
        for name in self.store.held_out[:_MOST_VALIDATED]:
            scene = self.store.read(name)
            order: NDArray[np.int64] = np.arange(min(len(scene.scales), self._config.max_objects))
            batch = scene_batch(scene, order, name=name, device=self._device)
            noise = torch.randn(batch.latents.shape, generator=torch.Generator().manual_seed(0))
            kept = torch.zeros(len(order), dtype=torch.bool)
            for moment in _TIMES:
                time = torch.full((len(order),), moment)
                for key, value in self._losses(flow, batch, noise, time, kept).items():
                    rows.setdefault(key, []).append(value.item())
        return {key: float(np.mean(values)) for key, values in rows.items()}

    def export(self, facts: Mapping[str, Any]) -> None:
        """Writes the averaged flow into the package."""
        self._start.write_flow(self.package, self._trained.average)
