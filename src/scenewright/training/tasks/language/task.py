"""Trains ``lm/nano``: pointers and words for questions about varied synthetic worlds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from scenewright.core import Progress, no_progress
from scenewright.language.instance_arrays import SHAPE_WIDTH
from scenewright.language.vocabulary import (
    ANSWERS,
    FIRST_COLOR,
    FIRST_COUNT,
    MOST_COUNTED,
    NUM_GRAMS,
    NUM_KINDS,
    UNKNOWN,
    Vocabulary,
)
from scenewright.models.networks.language.nano import NanoConfig, NanoNetwork
from scenewright.models.networks.language.nano_files import write_nano
from scenewright.models.networks.language.relations import Relation
from scenewright.models.networks.language.tokenizer import TokenizerConfig
from scenewright.training.averaged import AveragedNetwork
from scenewright.training.loop import run_training
from scenewright.training.tasks.language.batches import (
    objects_of,
    questions_of,
    tensors_of,
    with_unknown_words,
)
from scenewright.training.tasks.language.config import LanguageTrainingConfig
from scenewright.training.tasks.language.layouts import (
    FIRST_VALIDATION_SEED,
    Layout,
    check_layouts,
    load_layouts,
    make_layouts,
)
from scenewright.training.tasks.language.losses import question_loss
from scenewright.training.tasks.language.measures import right_answers, shares_by_family
from scenewright.training.tasks.language.shards import (
    AskedScene,
    Asking,
    asked_scene,
    make_shards,
    packed,
    read_shard,
    shard_path,
)
from scenewright.training.tasks.language.starting import start_from
from scenewright.training.tasks.language.words import training_vocabulary

WEIGHTS_NAME = "lm-nano.safetensors"
_HIDDEN_WORDS = 0.08
_MOST_OBJECTS = 64
_COLORS = 12
_ASKED = 32
"""Questions about each world in validation."""


def train_language(
    out: str | Path,
    *,
    config: LanguageTrainingConfig | None = None,
    worlds: str | Path | None = None,
    max_minutes: float | None = None,
    progress: Progress = no_progress,
) -> tuple[Path, int]:
    """Trains lm/nano; run again to resume from the last checkpoint.

    Args:
        out: Folder for worlds, shards, checkpoint, log, curves and weights.
        config: Training configuration; None takes the defaults.
        worlds: Folder with worlds and shards of an earlier training; None makes them in `out`.
        max_minutes: Time limit, minutes; see `run_training`.
        progress: Progress callback (stage, done, total, unit).

    Returns:
        Path of the weights, and the number of steps taken in all.

    Raises:
        CaptureError: The folder of an earlier training has no worlds.
        ConventionError: Ten batches had a loss that is not finite.
        FormatError: A file of worlds or the checkpoint is damaged, or belongs to another network.
    """
    config = config or LanguageTrainingConfig()
    if worlds is not None:
        check_layouts(worlds)
    torch.set_num_threads(config.num_threads)
    out = Path(out)
    task = LanguageTask(Path(worlds) if worlds is not None else out, out, config=config)
    steps = run_training(
        task, out, steps=config.steps, validate_every=config.validate_every,
        max_minutes=max_minutes, progress=progress,
    )  # fmt: skip
    return task.weights, steps


def nano_config(config: LanguageTrainingConfig, vocabulary: Vocabulary) -> NanoConfig:
    """The design of the network of a training."""
    relation = cast("Relation", config.relation)
    return NanoConfig(
        words=len(vocabulary), kinds=NUM_KINDS, grams=NUM_GRAMS, answers=len(ANSWERS),
        first_count=FIRST_COUNT, counts=MOST_COUNTED, colors=(FIRST_COLOR, _COLORS),
        tokenizer=TokenizerConfig(
            SHAPE_WIDTH, width=config.width, inner=64, blocks=1, relation=relation, pair_features=7
        ),
        text_width=config.text_width, width=config.width, layers=config.layers,
        pointer=config.pointer,
    )  # fmt: skip


class LanguageTask:
    """lm/nano as a `TrainingTask`.

    Args:
        data: Folder for worlds and shards.
        out: Folder for the weights.
        config: Training configuration.
    """

    def __init__(self, data: Path, out: Path, *, config: LanguageTrainingConfig) -> None:
        torch.manual_seed(config.seed)
        self._config, self._data = config, data
        self.weights = out / WEIGHTS_NAME
        self.vocabulary = training_vocabulary()
        network = NanoNetwork(nano_config(config, self.vocabulary))
        if config.start:
            start_from(network, self.vocabulary, config.start)
        self._trained = AveragedNetwork(
            network.to(config.device), learning_rate=config.learning_rate,
            weight_decay=config.weight_decay,
        )  # fmt: skip
        self._validation: dict[bool, dict[str, NDArray[Any]]] = {}
        self._shard: tuple[int, dict[str, NDArray[Any]]] = (-1, {})

    @property
    def settings(self) -> Mapping[str, Any]:
        """The training configuration as JSON values."""
        return asdict(self._config)

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """The network and its moving average."""
        return self._trained.parts

    @property
    def optimizers(self) -> Sequence[torch.optim.Optimizer]:
        """Muon and AdamW."""
        return self._trained.optimizers

    def prepare(self, step: int, *, progress: Progress) -> None:
        """Makes the worlds and shards that are missing; see `TrainingTask`."""
        config = self._config
        folder = self._data / "worlds"
        worlds = make_layouts(
            folder, first=0, worlds=config.worlds, num_workers=config.num_workers,
            progress=progress,
        )  # fmt: skip
        make_shards(self._data / "shards", worlds, config, progress=progress)
        held_out = make_layouts(
            folder, first=FIRST_VALIDATION_SEED, worlds=config.held_out,
            num_workers=config.num_workers, progress=progress,
        )  # fmt: skip
        layouts = load_layouts(held_out)
        for is_held_out in (False, True):
            scenes = _validation_scenes(layouts, self.vocabulary, held_out=is_held_out)
            self._validation[is_held_out] = packed(scenes, self.vocabulary, most=_MOST_OBJECTS)

    def learn(self, step: int) -> float:
        """Takes one optimization step; see `TrainingTask`."""
        config = self._config
        arrays, rows = self._rows(step)
        batch = tensors_of(arrays, rows, config.device)
        noise = torch.Generator().manual_seed(config.seed * 1_000_003 + step)
        questions = with_unknown_words(
            questions_of(batch), noise, unknown=UNKNOWN, share=_HIDDEN_WORDS
        )
        outputs = self._trained.network(objects_of(batch), questions, batch["colors"])
        loss = question_loss(outputs, batch)
        name = f"step {step}, shard {self._shard[0]}, scenes {rows.tolist()}"
        return self._trained.learn(loss, step, config, name=name)

    def _rows(self, step: int) -> tuple[dict[str, NDArray[Any]], NDArray[np.intp]]:
        """The shard and the scenes of a step."""
        config = self._config
        per_shard = max(config.shard_scenes // config.scenes, 1)
        number, place = divmod(step, per_shard)
        shard = number % config.shards
        if self._shard[0] != shard:
            path = shard_path(self._data / "shards", shard)
            self._shard = (shard, read_shard(path, self.vocabulary))
        count = len(self._shard[1]["known"])
        order = np.random.default_rng([config.seed, number]).permutation(count)
        rows = order[place * config.scenes : (place + 1) * config.scenes]
        return self._shard[1], rows if len(rows) else order[: config.scenes]

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Percent of right answers about worlds that were not varied, by family; with held-out
        words on the whole."""
        result: dict[str, float] = {}
        for is_held_out, arrays in self._validation.items():
            right, family = [], []
            for row in range(len(arrays["known"])):
                batch = tensors_of(arrays, np.array([row]), self._config.device)
                outputs = self._trained.average(
                    objects_of(batch), questions_of(batch), batch["colors"]
                )
                right.append(right_answers(outputs, batch).flatten().cpu())
                family.append(batch["family"].flatten().cpu())
            shares = shares_by_family(torch.cat(right), torch.cat(family))
            if is_held_out:
                shares = {f"held out {name}": shares[name] for name in ("all", "phrases")}
            result |= shares
        return result

    def export(self, facts: Mapping[str, Any]) -> None:
        """Writes the averaged weights, float16."""
        write_nano(
            self.weights, self._trained.average, words=self.vocabulary.words, answers=ANSWERS,
            facts=facts,
        )  # fmt: skip


def _validation_scenes(
    layouts: Sequence[Layout], vocabulary: Vocabulary, *, held_out: bool
) -> list[AskedScene]:
    """Worlds as they are, with as many questions each."""
    found = []
    for number, layout in enumerate(layouts):
        rng = np.random.default_rng([number, 52])
        asking = Asking(_ASKED, held_out=held_out, paraphrase=False, tries=40)
        scene = asked_scene(layout, rng, asking, vocabulary)
        if scene is not None and len(layout.truth.id) <= _MOST_OBJECTS:
            found.append(scene)
    return found
