"""``sceneflow/scenegen``: objects that attend to one another, with poses (arXiv 2508.15769)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from scenewright.models.generated import ScenePicture
from scenewright.models.generators.conditions import (
    PictureTokens,
    geometry_tokens,
    scene_tokens,
    with_geometry,
)
from scenewright.models.generators.packages import PIPELINE, Package, PipelineFiles, read_pipeline
from scenewright.models.generators.sceneflow import GEOMETRY, SceneFlowGenerator
from scenewright.models.networks.dinov2 import DinoV2
from scenewright.models.networks.vggt import Aggregator


class SceneGenGenerator(SceneFlowGenerator):
    """All objects together, with poses relative to the first one."""

    NAME: ClassVar[str] = "sceneflow/scenegen"
    INDEX: ClassVar[str] = PIPELINE
    FRAME: ClassVar[str] = "first object"
    _uses_geometry: ClassVar[bool] = True

    def _read(self, package: Package, base: str | None) -> PipelineFiles:
        return read_pipeline(package)

    def _fits(self) -> bool:
        return self._flow_config.pose is not None

    def _tokens_of(
        self, picture: ScenePicture, encoder: DinoV2, done: Callable[[], object]
    ) -> PictureTokens:
        return scene_tokens(picture, encoder, done=done)

    def _with_geometry(
        self,
        tokens: list[PictureTokens],
        pictures: Sequence[ScenePicture],
        done: Callable[[], object],
    ) -> list[PictureTokens]:
        def added(network: Aggregator) -> list[PictureTokens]:
            result = []
            for each, picture in zip(tokens, pictures, strict=True):
                result.append(with_geometry(each, geometry_tokens(picture, network)))
                done()
            return result

        return self._networks.run(GEOMETRY, added)

    def _crops_of(self, num_objects: int) -> int:
        return 2 * num_objects + 1
