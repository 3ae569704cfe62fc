"""Equal trainings of networks of language with and without the pictures of objects.

What `lm/nano` knows of colors comes from points. Here it does not: objects have no colors, and the
words for them are words like others; all that shows a color are pictures. A picture is simulated as
the shares of color words in a crop, of which a random part shows another object of the scene. The
network gets no pictures; the mean of those of an object as its only picture, as the released code
of Inst3D-LMM averages them; or all of them, which the object asks by attention.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bench_common import Table
from scenewright.core.color_names import COLOR_WORDS
from scenewright.language.question_units import Unit
from scenewright.language.vocabulary import Vocabulary
from scenewright.models.networks.language.instances import InstanceInputs
from scenewright.models.networks.language.nano import NanoNetwork
from scenewright.training.averaged import AveragedNetwork
from scenewright.training.tasks.language.batches import objects_of, questions_of, tensors_of
from scenewright.training.tasks.language.config import LanguageTrainingConfig
from scenewright.training.tasks.language.layouts import (
    FIRST_VALIDATION_SEED,
    Layout,
    load_layouts,
)
from scenewright.training.tasks.language.losses import question_loss
from scenewright.training.tasks.language.measures import right_answers, shares_by_family
from scenewright.training.tasks.language.shards import AskedScene, Asking, asked_scene, packed
from scenewright.training.tasks.language.task import nano_config
from scenewright.training.tasks.language.variations import varied
from scenewright.training.tasks.language.words import training_vocabulary

VARIANTS = ("no pictures", "mean of the pictures", "attention to the pictures")
FAMILIES = ("attribute", "multi", "zero", "count color", "exist", "color", "color side",
            "verify color")  # fmt: skip
"""Families of questions about colors, which alone are asked."""
_PICTURES, _MOST, _QUESTIONS = 4, 20, 12
_SHOWN = (0.05, 1.0)
"""Least and largest share of a picture that shows its object."""
_NOISE = 0.03

Batch = dict[str, Tensor]


def views_table(data: Path, steps: int) -> Table:
    """Trains each variant equally long, and measures it on the worlds for validation.

    Args:
        data: Folder of `scenewright train language`, whose worlds are used.
        steps: Steps of each training.
    """
    layouts = load_layouts(sorted((data / "worlds").glob("layouts-*.safetensors")))
    held_out = load_layouts(sorted((data / "worlds").glob(f"layouts-0{FIRST_VALIDATION_SEED}*")))
    layouts = layouts[: len(layouts) - len(held_out)]
    recipe = LanguageTrainingConfig(steps=steps)
    words = Vocabulary([*training_vocabulary().words, *COLOR_WORDS])
    # Each variant sees the same batches.
    makers = [cache(make) for make in (
        lambda number: _batch(_scenes(layouts, recipe.scenes, [0, number], is_varied=True), words,
                              seed=number),
        lambda number: _batch(_scenes(held_out, len(held_out), [1, number], is_varied=False),
                              words, seed=10_000_000 + number),
    )]  # fmt: skip
    names, rows = ("all", *FAMILIES), []
    for variant in VARIANTS:
        start = process_time()
        found = _trained(variant, recipe, words, makers)
        cells = [f"{found[one]:.1f}" if one in found else "-" for one in names]
        rows.append((variant, *cells, f"{(process_time() - start) / 60:.1f}"))
    return Table(
        f"Fusion of pictures: equal trainings of {steps} steps, right answers, percent",
        ("network", *names, "minutes of CPU"), tuple(rows),
        f"Objects without colors of their own, {_PICTURES} simulated pictures of each.",
    )  # fmt: skip


def _scenes(
    layouts: Sequence[Layout], count: int, seed: list[int], *, is_varied: bool
) -> list[AskedScene]:
    """Scenes with questions about colors, in which colors are words."""
    rng = np.random.default_rng([*seed, 53])
    found: list[AskedScene] = []
    for tried in range(20 * count):
        if len(found) == count:
            break
        layout = layouts[int(rng.integers(len(layouts))) if is_varied else tried % len(layouts)]
        layout = varied(layout, rng, most=_MOST) if is_varied else layout
        scene = asked_scene(layout, rng, Asking(_QUESTIONS, tries=20, families=FAMILIES))
        if scene is not None:
            found.append(scene)
    return [_with_color_words(scene) for scene in found]


def _with_color_words(scene: AskedScene) -> AskedScene:
    """The scene with units for colors that are words, and fit nothing."""
    units, fits = [], []
    for read, table in zip(scene.units, scene.fits, strict=True):
        is_color = np.array([unit.kind == "color" for unit in read], bool)
        units.append([
            Unit("word", str(unit.value), False, unit.value) if unit.kind == "color" else unit
            for unit in read
        ])  # fmt: skip
        fits.append(np.where(is_color[:, None], np.float32(0), table))
    return replace(scene, units=tuple(units), fits=tuple(fits))


def _batch(scenes: Sequence[AskedScene], words: Vocabulary, *, seed: int) -> Batch:
    """Tensors of scenes with pictures, and without colors of points."""
    most = max(len(scene.arrays.center) for scene in scenes)
    arrays = packed(scenes, words, most=most)
    views, seen = _pictures(arrays["colors"], arrays["known"], seed)
    arrays["colors"] = np.zeros_like(arrays["colors"])
    arrays["shape"] = arrays["shape"].copy()
    arrays["shape"][..., : len(COLOR_WORDS)] = 0
    batch = tensors_of(arrays, np.arange(len(scenes)))
    return {**batch, "views": torch.from_numpy(views), "seen": torch.from_numpy(seen)}


def _pictures(
    colors: NDArray[np.float32], known: NDArray[np.bool_], seed: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(S, N, M, 12) colors in pictures, and the (S, N, M) share of each that shows its object."""
    rng = np.random.default_rng([seed, 54])
    scenes, objects, _ = colors.shape
    shape = (scenes, objects, _PICTURES)
    shown = rng.uniform(*_SHOWN, shape)
    count = np.maximum(known.sum(axis=1), 1)[:, None, None]
    other = (rng.random(shape) * count).astype(np.intp)
    hiding = colors[np.arange(scenes)[:, None, None], other]
    mixed = shown[..., None] * colors[:, :, None] + (1 - shown[..., None]) * hiding
    mixed += rng.normal(0, _NOISE, mixed.shape)
    return mixed.astype(np.float32), shown.astype(np.float32)


def _objects(batch: Batch, variant: str) -> InstanceInputs:
    """The objects of a batch with the pictures that a variant sees."""
    objects = objects_of(batch)
    if variant == VARIANTS[0]:
        return objects
    views, seen = batch["views"], batch["seen"]
    if variant == VARIANTS[1]:
        views, seen = views.mean(2, keepdim=True), seen.mean(2, keepdim=True)
    known = batch["known"][..., None].expand(seen.shape)
    return objects._replace(
        views=views, view_known=known, view_level=torch.zeros_like(known, dtype=torch.int64),
        view_seen=seen,
    )  # fmt: skip


def _trained(
    variant: str,
    recipe: LanguageTrainingConfig,
    words: Vocabulary,
    makers: Sequence[Callable[[int], Batch]],
) -> dict[str, float]:
    """Percent of right answers by family after a training."""
    torch.manual_seed(recipe.seed)
    config = nano_config(recipe, words)
    width = 0 if variant == VARIANTS[0] else len(COLOR_WORDS)
    config = replace(config, tokenizer=replace(config.tokenizer, view_width=width))
    trained = AveragedNetwork(
        NanoNetwork(config), learning_rate=recipe.learning_rate, weight_decay=recipe.weight_decay
    )
    train, held_out = makers
    for step in range(recipe.steps):
        batch = train(step)
        outputs = trained.network(_objects(batch, variant), questions_of(batch), batch["colors"])
        trained.learn(question_loss(outputs, batch), step, recipe, name=f"step {step}")
    right, family = [], []
    with torch.no_grad():
        for number in range(2):
            batch = held_out(number)
            outputs = trained.average(
                _objects(batch, variant), questions_of(batch), batch["colors"]
            )
            right.append(right_answers(outputs, batch).flatten())
            family.append(batch["family"].flatten())
    found: dict[str, Any] = shares_by_family(torch.cat(right), torch.cat(family))
    return found
