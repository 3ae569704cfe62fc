"""Tiny packages of random weights in the published formats, and data for them; made once."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import torch
from safetensors.torch import save_file

from scenewright.core import no_progress
from scenewright.training.processes import WHOLE
from scenewright.training.tasks.sceneflow.config import SceneFlowTrainingConfig
from scenewright.training.tasks.sceneflow.scenes import SceneStore
from scenewright.training.tasks.sceneflow.starting import WeightPlaces, read_start
from scenewright.training.tasks.sceneflow.task import PREPARED
from tests.data.generation.generation_builders import write_data
from tests.models.generators.generator_builders import Packages, random_weights

STRUCTURE: dict[str, Any] = {
    "in_channels": 1, "latent_channels": 8, "num_res_blocks": 1, "num_res_blocks_middle": 1,
    "channels": [2, 4, 4, 8, 8], "norm_type": "layer",
}  # fmt: skip
"""An encoder of 64 voxels to 4 cells per side, as the tiny flows have."""
SHORT = SceneFlowTrainingConfig(
    steps=4, scenes=2, held_out=1, validate_every=2, collision_side=8, learning_rate=1e-3,
    bfloat16=False, average=0.5, least_score=0.0,
)  # fmt: skip


@cache
def packages() -> Packages:
    """Packages of all generators, and an encoder of grids beside them."""
    folder = Path(mkdtemp())
    stem = folder / "ss_enc"
    stem.with_suffix(".json").write_text(
        json.dumps({"name": "SparseStructureEncoder", "args": STRUCTURE})
    )
    weights = random_weights("SparseStructureEncoder", STRUCTURE, seed=2)
    save_file(weights, f"{stem}.safetensors")
    return Packages.write(folder)


@cache
def data() -> Path:
    """Three scenes of two objects in the layout of SceneGen."""
    return write_data(Path(mkdtemp()), scene_ids=("0000001", "0000002", "0000003"))


def places(package: str) -> WeightPlaces:
    """References for a training that begins from one of the packages."""
    folder = packages().folder
    return WeightPlaces(
        package=f"file:{folder / package}",
        encoder=f"file:{folder / 'encoder'}",
        geometry=f"file:{folder / 'vggt'}",
        base=f"file:{folder / 'trellis'}",
        structure=f"file:{folder / 'ss_enc.safetensors'}",
        allow_pickles=True,
    )


@cache
def encoded(recipe: str) -> Path:
    """The scenes, encoded once; their encoders are the same for all packages."""
    folder = Path(mkdtemp())
    config = replace(SHORT, recipe=recipe)
    start = read_start(recipe, places(recipe))
    store = SceneStore(data(), start, folder, config=config, device=torch.device("cpu"))
    store.prepare(WHOLE, progress=no_progress)
    return folder


def with_encoded(recipe: str, out: Path) -> Path:
    """Puts the encoded scenes into a folder of a training; returns it."""
    shutil.copytree(encoded(recipe), out / PREPARED)
    return out
