"""The published package that a training begins from, and the one that it writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch

from scenewright.core import WeightsError
from scenewright.models.generators.checkpoints import load_network, read_arrays
from scenewright.models.generators.encoders import VGGT_WEIGHTS, image_encoder_file
from scenewright.models.generators.package_writing import (
    FLOW_ROLE,
    write_iscene_flow,
    write_iscene_package,
    write_pipeline_flow,
    write_pipeline_package,
)
from scenewright.models.generators.packages import (
    ISCENE,
    PIPELINE,
    NetworkFile,
    Package,
    PipelineFiles,
    read_iscene,
    read_pipeline,
)
from scenewright.models.networks.dinov2 import DinoV2
from scenewright.models.networks.flow import SceneFlow
from scenewright.models.networks.flow_config import FlowConfig
from scenewright.models.networks.loading import load_strict
from scenewright.models.networks.published import build
from scenewright.training.tasks.sceneflow.config import ISCENE as ISCENE_RECIPE
from scenewright.training.tasks.sceneflow.config import SCENEGEN

BACKENDS = {SCENEGEN: "sceneflow/scenegen", ISCENE_RECIPE: "sceneflow/iscene"}
"""The models that read what the recipes make."""
_NEW_ARGS: dict[str, dict[str, Any]] = {
    SCENEGEN: {
        "use_global": True, "num_register_tokens": 4, "trunk_depth": 4, "num_iteration": 4,
        "pose_encoding_type": "absT_quatR_S",
    },
    ISCENE_RECIPE: {"scene_context_attn_num": 5},
}  # fmt: skip
"""Arguments by which the published flows differ from that of TRELLIS, as published."""
_SETTING = "global local"
_FLOW_STEM = "ss_scenegen_flow_img_dit_L_16l8_fp16"
_TRELLIS = "microsoft/TRELLIS-image-large"
_CONTEXT_CLASS = "SparseStructureSceneContextFlowModel"


@dataclass(frozen=True)
class WeightPlaces:
    """References of all weights that a training reads.

    Attributes:
        package: The package to begin from: of SceneGen or I-Scene, or of TRELLIS.
        encoder: The image encoder, where it is not in the package; None for the published one.
        geometry: VGGT, for scenes without its features; None for the published one.
        base: The package of TRELLIS below one of I-Scene; None for the published one.
        structure: The encoder of occupancy grids, for shapes without latents; None if there is
            none.
        allow_pickles: Whether files of PyTorch are read, with ``weights_only``.
    """

    package: str
    encoder: str | None = None
    geometry: str | None = None
    base: str | None = None
    structure: str | None = None
    allow_pickles: bool = False


@dataclass(frozen=True)
class Start:
    """What a training begins from.

    Attributes:
        recipe: Of the training.
        places: References of the weights.
        package: The package.
        files: What is in it, and in that of TRELLIS below it.
        flow_args: Published arguments of the flow in training.
        encoder: The image encoder.
    """

    recipe: str
    places: WeightPlaces
    package: Package
    files: PipelineFiles
    flow_args: Mapping[str, Any]
    encoder: NetworkFile

    def flow(self) -> SceneFlow:
        """The flow with its weights; parts that TRELLIS has not are new, and silent at first.

        Raises:
            WeightsError: The weights are refused, damaged, or those of another network.
        """
        file = self.files.networks[FLOW_ROLE]
        arrays, _ = read_arrays(file.path, allow_pickles=self.places.allow_pickles)
        network = cast(SceneFlow, build(_CONTEXT_CLASS, self.flow_args))
        own = network.state_dict()
        if self.is_new:
            arrays = {**own, **arrays}
        load_strict(network, arrays, source=str(file.path))
        return network.train()

    @property
    def is_new(self) -> bool:
        """Whether it begins from TRELLIS, so that parts of the flow are new."""
        return self.flow_args != dict(self.files.networks[FLOW_ROLE].args)

    @property
    def sigma_min(self) -> float:
        """Noise that is left in the data at t = 0."""
        return self.files.samplers["structure"].sigma_min

    def write_package(self, folder: Path) -> None:
        """Writes all of the new package but the weights of its flow.

        Raises:
            WeightsError: The image encoder is refused or damaged.
            OutputError: The folder cannot be written.
        """
        if self.recipe == SCENEGEN:
            write_pipeline_package(
                folder, self.package.json(PIPELINE), self.files.networks,
                flow_stem=self._flow_stem, flow_args=self.flow_args,
                geometry=self.files.geometry or VGGT_WEIGHTS.removeprefix("hub:"),
            )  # fmt: skip
            return
        weights = None
        if self.files.conditioner is None:
            network, _ = load_network(
                self.encoder, dtype=torch.float32, device=torch.device("cpu"),
                allow_pickles=self.places.allow_pickles,
            )  # fmt: skip
            weights = cast(DinoV2, network).state_dict()
        args = {key: value for key, value in self.flow_args.items() if key != "exp_setting"}
        write_iscene_package(
            folder, flow_args=args, setting=str(self.flow_args["exp_setting"]),
            encoder=self.encoder, encoder_weights=weights, base=self._base,
        )  # fmt: skip

    def write_flow(self, folder: Path, flow: SceneFlow) -> Path:
        """Writes the weights of the flow into the new package.

        Raises:
            OutputError: The file cannot be written.
        """
        if self.recipe == SCENEGEN:
            return write_pipeline_flow(folder, flow, flow_stem=self._flow_stem)
        return write_iscene_flow(folder, flow)

    @property
    def _flow_stem(self) -> str:
        return _FLOW_STEM if self.is_new else self.files.networks[FLOW_ROLE].path.stem

    @property
    def _base(self) -> str:
        if self.package.has(ISCENE):
            return str(self.package.json(ISCENE)["base_model_id"])
        reference = self.package.reference
        return reference.target if reference.kind == "hub" else _TRELLIS


def read_start(recipe: str, places: WeightPlaces) -> Start:
    """Reads what a training begins from.

    Args:
        recipe: scenegen or iscene.
        places: References of the weights.

    Raises:
        WeightsError: A file is missing, or the package is that of another model.
    """
    backend = BACKENDS[recipe]
    package = Package.open(places.package, backend=backend, index=PIPELINE, option="WEIGHTS")
    if recipe == ISCENE_RECIPE and package.has(ISCENE):
        files = read_iscene(package, base=places.base)
    else:
        files = read_pipeline(package)
    args = dict(files.networks[FLOW_ROLE].args)
    config = _config(args)
    if config.global_context is None and config.scene_context is None:
        args |= _NEW_ARGS[recipe]
        if recipe == ISCENE_RECIPE:
            args["exp_setting"] = _SETTING
        config = _config(args)
    fits = config.pose is not None if recipe == SCENEGEN else config.slots == 3
    if not fits:
        raise WeightsError(
            f"Weights {places.package} for the recipe {recipe}",
            expected=f"a flow of {recipe} or of trellis", got="one of another model",
        )  # fmt: skip
    encoder = files.conditioner or image_encoder_file(places.encoder, backend=backend)
    return Start(recipe, places, package, files, args, encoder)


def _config(args: Mapping[str, Any]) -> FlowConfig:
    with torch.device("meta"):
        return cast(SceneFlow, build(_CONTEXT_CLASS, args)).config
