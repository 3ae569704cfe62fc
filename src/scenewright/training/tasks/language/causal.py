"""Trains a language model of others on questions about worlds (``lm/hf``): LoRA and identifiers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from scenewright.core import Progress, no_progress
from scenewright.language.instance_arrays import SHAPE_WIDTH, arrays_of
from scenewright.language.lexicon import class_name
from scenewright.models.adapters.scene_causal import SceneCausalModel
from scenewright.models.adapters.scene_causal_files import (
    open_base,
    with_lora,
    write_scene_language,
)
from scenewright.models.adapters.scene_objects import objects_of
from scenewright.models.adapters.scene_prompt import (
    NUM_IDENTIFIERS,
    answer_ids,
    question_ids,
)
from scenewright.models.networks.language.instances import InstanceInputs
from scenewright.models.networks.language.tokenizer import SceneTokenizer, TokenizerConfig
from scenewright.training.bad_batches import BadBatches
from scenewright.training.loop import run_training
from scenewright.training.optimizers import scale_learning_rates
from scenewright.training.schedules import learning_rate_share
from scenewright.training.tasks.language.causal_config import CausalTrainingConfig
from scenewright.training.tasks.language.layouts import (
    FIRST_VALIDATION_SEED,
    Layout,
    check_layouts,
    load_layouts,
    make_layouts,
)
from scenewright.worlds.language.drawing import WorldQuestion
from scenewright.worlds.language.questions import questions_about

MODEL_NAME = "model"
"""Folder for what `lm/hf` reads."""
_LARGEST_GRADIENT = 1.0
_BETAS = (0.9, 0.98)
_PER_FAMILY = 2


@dataclass(frozen=True, eq=False)
class CausalSample:
    """One scene with questions.

    Attributes:
        objects: The N objects.
        labels: N labels.
        ids: N ids.
        questions: The questions.
    """

    objects: InstanceInputs
    labels: tuple[str, ...]
    ids: tuple[int, ...]
    questions: tuple[WorldQuestion, ...]


def train_causal_language(
    base: str,
    out: str | Path,
    *,
    config: CausalTrainingConfig | None = None,
    worlds: str | Path | None = None,
    max_minutes: float | None = None,
    progress: Progress = no_progress,
) -> tuple[Path, int]:
    """Trains LoRA on a language model; run again to resume from the last checkpoint.

    Args:
        base: Reference of the checkpoint of any ``AutoModelForCausalLM``, see `resolve_weights`.
        out: Folder for worlds, checkpoint, log, curves and what ``lm/hf`` reads.
        config: Training configuration; None takes the defaults.
        worlds: Folder with worlds of an earlier training; None makes them in `out`.
        max_minutes: Time limit, minutes; see `run_training`.
        progress: Progress callback (stage, done, total, unit).

    Returns:
        Folder for ``lm/hf``, and the number of steps taken in all.

    Raises:
        WeightsError: The checkpoint is missing, damaged, or no language model with a tokenizer.
        MissingExtraError: peft is not installed.
        CaptureError: The folder of an earlier training has no worlds.
        ConventionError: Ten batches had a loss that is not finite.
        FormatError: The checkpoint of the training is damaged, or belongs to another network.
    """
    config = config or CausalTrainingConfig()
    if worlds is not None:
        check_layouts(worlds)
    torch.set_num_threads(config.num_threads)
    folder = Path(out)
    task = CausalLanguageTask(base, worlds or folder, folder, config=config)
    steps = run_training(
        task, folder, steps=config.steps, validate_every=config.validate_every,
        max_minutes=max_minutes, progress=progress,
    )  # fmt: skip
    return folder / MODEL_NAME, steps


class CausalLanguageTask:
    """LoRA, identifiers and tokenizer of scenes as a `TrainingTask`.

    Args:
        base: Reference of the language model.
        data: Folder for worlds.
        out: Folder for what is exported.
        config: Training configuration.
    """

    def __init__(
        self, base: str, data: str | Path, out: Path, *, config: CausalTrainingConfig
    ) -> None:
        torch.manual_seed(config.seed)
        self._base, self._data, self._out, self._config = base, Path(data), out, config
        language, tokenizer, entries = open_base(base, device=config.device, dtype=config.dtype)
        adapted = with_lora(
            language, entries, rank=config.rank, alpha=config.alpha, dropout=config.dropout
        )
        width = int(language.get_input_embeddings().weight.shape[1])
        scenes = SceneTokenizer(
            TokenizerConfig(
                SHAPE_WIDTH, width=width, inner=config.inner, heads=config.heads,
                blocks=config.blocks, tokens=config.tokens,
            )
        ).to(config.device)  # fmt: skip
        self.model = SceneCausalModel(adapted, tokenizer, entries, scenes)
        self._adapter = nn.ParameterList(
            one for one in adapted.parameters() if one.requires_grad
        )  # fmt: skip
        self._peaks = (config.learning_rate, config.scene_learning_rate)
        self._optimizers = tuple(
            torch.optim.AdamW(
                part.parameters(), lr=peak, betas=_BETAS, weight_decay=config.weight_decay
            )
            for part, peak in zip((self._adapter, scenes), self._peaks, strict=True)
        )
        self._bad = BadBatches()
        self._layouts: list[Layout] = []
        self._held_out: list[CausalSample] = []

    @property
    def settings(self) -> Mapping[str, Any]:
        """The training configuration and the base model as JSON values."""
        return {**asdict(self._config), "base": self._base}

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """What is trained."""
        return {"adapter": self._adapter, "scenes": self.model.scenes}

    @property
    def optimizers(self) -> Sequence[torch.optim.Optimizer]:
        """AdamW of LoRA and identifiers, and of the tokenizer of scenes."""
        return self._optimizers

    def prepare(self, step: int, *, progress: Progress) -> None:
        """Makes the worlds that are missing; see `TrainingTask`."""
        config, folder = self._config, self._data / "worlds"
        paths = make_layouts(folder, first=0, worlds=config.num_worlds, progress=progress)
        self._layouts = load_layouts(paths)
        paths = make_layouts(
            folder, first=FIRST_VALIDATION_SEED, worlds=config.held_out, progress=progress
        )
        samples = (
            causal_sample(layout, seed=number, count=config.questions)
            for number, layout in enumerate(load_layouts(paths))
        )
        self._held_out = [one for one in samples if one is not None]

    def learn(self, step: int) -> float:
        """Takes one optimization step; see `TrainingTask`."""
        config = self._config
        rng = np.random.default_rng([config.seed, step])
        torch.manual_seed(config.seed * 1_000_003 + step)
        self.model.train()
        total, count = 0.0, 0
        while count < config.scenes:
            layout = self._layouts[int(rng.integers(len(self._layouts)))]
            sample = causal_sample(layout, seed=int(rng.integers(1 << 30)), count=config.questions)
            if sample is None:
                continue
            loss = sample_loss(self.model, sample, rng) / config.scenes
            loss.backward()  # type: ignore[no-untyped-call]
            total += float(loss.detach())
            count += 1
        trained = [one for group in self.networks.values() for one in group.parameters()]
        if not self._bad.refuses(total, f"step {step}"):
            share = learning_rate_share(
                step, steps=config.steps, warmup=config.warmup, cooldown=config.cooldown
            )
            scale_learning_rates(self._optimizers, self._peaks, share=share)
            nn.utils.clip_grad_norm_(trained, _LARGEST_GRADIENT)
            for optimizer in self._optimizers:
                optimizer.step()
        else:
            total = float("nan")
        for optimizer in self._optimizers:
            optimizer.zero_grad(set_to_none=True)
        return total

    def validate(self) -> dict[str, float]:
        """Percent of phrases whose objects are exactly found, and of right answers."""
        self.model.eval()
        right: dict[str, list[bool]] = {"phrases": [], "answers": []}
        for sample in self._held_out:
            for kind, own in _right(self.model, sample).items():
                right[kind] += own
        return {kind: 100 * float(np.mean(own)) for kind, own in right.items() if own}

    def export(self, facts: Mapping[str, Any]) -> None:
        """Writes the folder that ``lm/hf`` reads."""
        write_scene_language(self._out / MODEL_NAME, self.model, base=self._base, facts=facts)


def causal_sample(layout: Layout, *, seed: int, count: int) -> CausalSample | None:
    """A world with questions about it; None if it has too many objects or no questions.

    Args:
        layout: The world.
        seed: Random seed of the questions.
        count: Number of questions at most.
    """
    truth = layout.truth
    if len(truth.id) > NUM_IDENTIFIERS:
        return None
    pool = questions_about(truth, seed=seed, per_family=_PER_FAMILY)
    pool = [one for one in pool if not one.held_out_pair]
    if not pool:
        return None
    order = np.random.default_rng([seed, 77]).permutation(len(pool))[:count]
    names = [class_name(label) for label in truth.labels]
    arrays = arrays_of(
        (layout.low, layout.high), layout.sizes, layout.colors, names, truth.is_target,
        truth.viewer,
    )  # fmt: skip
    objects = objects_of(
        arrays.center, arrays.size, arrays.shape, arrays.group, arrays.viewer, arrays.room
    )
    ids = tuple(int(one) for one in truth.id)
    return CausalSample(objects, tuple(truth.labels), ids, tuple(pool[row] for row in order))


def sample_loss(model: SceneCausalModel, sample: CausalSample, rng: np.random.Generator) -> Tensor:
    """Mean cross entropy of the answers to the questions about a scene, which share its prompt.

    Args:
        model: In training.
        sample: The scene.
        rng: Random identifiers of the objects, so that these mean nothing but their object.
    """
    numbers = rng.permutation(NUM_IDENTIFIERS)[: len(sample.ids)].tolist()
    cache = model.shared(model.embedded(model.prompt(sample.labels, numbers), sample.objects))
    asked = [_asked(model, one) for one in sample.questions]
    answers = [_answer(model, one, sample.ids, numbers) for one in sample.questions]
    ids, known = model.padded([a + b for a, b in zip(asked, answers, strict=True)])
    logits, _ = model.continued(cache, ids, known)
    places = torch.arange(ids.shape[1], device=ids.device)[None]
    starts = torch.tensor([len(one) for one in asked], device=ids.device)[:, None]
    is_answer = known & (places >= starts)
    return nn.functional.cross_entropy(
        logits[:, :-1][is_answer[:, 1:]].float(), ids[:, 1:][is_answer[:, 1:]]
    )


def _asked(model: SceneCausalModel, question: WorldQuestion) -> list[int]:
    return question_ids(model.tokenizer, question.text, is_phrase=not question.answer)


def _answer(
    model: SceneCausalModel, question: WorldQuestion, ids: Sequence[int], numbers: Sequence[int]
) -> list[int]:
    if question.answer:
        return answer_ids(model.tokenizer, model.entries, text=question.answer)
    meant = [number for one, number in zip(ids, numbers, strict=True) if one in question.ids]
    return answer_ids(model.tokenizer, model.entries, numbers=meant)


def _right(model: SceneCausalModel, sample: CausalSample) -> dict[str, list[bool]]:
    numbers = list(range(len(sample.ids)))
    phrases = [one for one in sample.questions if not one.answer]
    questions = [one for one in sample.questions if one.answer]
    with torch.inference_mode():
        vectors = model.embedded(model.prompt(sample.labels, numbers), sample.objects)
        cache = model.shared(vectors)
    right: dict[str, list[bool]] = {"phrases": [], "answers": []}
    if phrases:
        found = model.pointed(
            cache, [_asked(model, one) for one in phrases], numbers, plural=[True] * len(phrases)
        )
        for (taken, _, _), one in zip(found, phrases, strict=True):
            right["phrases"].append({sample.ids[number] for number in taken} == {*one.ids})
    if questions:
        texts = model.answers(cache, [_asked(model, one) for one in questions])
        right["answers"] = [a == b.answer for a, b in zip(texts, questions, strict=True)]
    return right
