"""``sceneflow/trellis``: every object on its own (TRELLIS, arXiv 2412.01506)."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from scenewright.models.generated import ScenePicture
from scenewright.models.generators.conditions import PictureTokens, object_tokens
from scenewright.models.generators.packages import PIPELINE, Package, PipelineFiles, read_pipeline
from scenewright.models.generators.sceneflow import SceneFlowGenerator
from scenewright.models.networks.dinov2 import DinoV2


class TrellisGenerator(SceneFlowGenerator):
    """Objects one by one, from crops; predicts no layout."""

    NAME: ClassVar[str] = "sceneflow/trellis"
    INDEX: ClassVar[str] = PIPELINE

    def _read(self, package: Package, base: str | None) -> PipelineFiles:
        return read_pipeline(package)

    def _fits(self) -> bool:
        config = self._flow_config
        return config.global_context is None and config.scene_context is None

    def _tokens_of(
        self, picture: ScenePicture, encoder: DinoV2, done: Callable[[], object]
    ) -> PictureTokens:
        return object_tokens(picture, encoder, done=done)

    def _crops_of(self, num_objects: int) -> int:
        return num_objects
