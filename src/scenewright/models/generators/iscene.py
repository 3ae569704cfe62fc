"""``sceneflow/iscene``: every object in the cube of the scene (I-Scene, arXiv 2512.13683)."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from scenewright.models.generated import ScenePicture
from scenewright.models.generators.conditions import SLOTS, PictureTokens, slot_tokens
from scenewright.models.generators.packages import ISCENE, Package, PipelineFiles, read_iscene
from scenewright.models.generators.sceneflow import SceneFlowGenerator
from scenewright.models.networks.dinov2 import DinoV2


class ISceneGenerator(SceneFlowGenerator):
    """Objects in the cube of the scene, whose axes follow the camera; needs no poses."""

    NAME: ClassVar[str] = "sceneflow/iscene"
    INDEX: ClassVar[str] = ISCENE
    FRAME: ClassVar[str] = "scene cube"

    def _read(self, package: Package, base: str | None) -> PipelineFiles:
        return read_iscene(package, base=base)

    def _fits(self) -> bool:
        config = self._flow_config
        return config.scene_context is not None and config.slots == SLOTS

    def _tokens_of(
        self, picture: ScenePicture, encoder: DinoV2, done: Callable[[], object]
    ) -> PictureTokens:
        return slot_tokens(picture, encoder, done=done)

    def _crops_of(self, num_objects: int) -> int:
        return 2 * num_objects + 1
