"""The inputs and settings of ``scenewright decompose``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from scenewright.pipelines.sources.settings import MaskSettings, Up
from scenewright.runs.options import Name, Number, Option, Threads

if TYPE_CHECKING:
    from scenewright.splats.decomposition.config import ClusterConfig, PublishedConfig

_CONFIG = "scenewright.splats.decomposition.config"


@dataclass(frozen=True, kw_only=True)
class DecomposeInputs:
    """Divides the surfels of a scene into objects, and writes a run folder.

    The masks of all views are grouped into objects; no prompt is needed. The run folder holds the
    scene, a mesh per object (objects.glb), the surfels of each object (objects/ID.ply) and the
    remaining ones (background.ply), boxes (instances.json), id maps of the views (id_maps/),
    pictures, and times and memory (report.json).

    Example: `scenewright decompose my-splats/ -o my-objects/`
    """

    scene: Annotated[Path, Option(metavar="SCENE", positional=True)]
    """Run of 'scenewright fit-splats', scene folder, or splats (.ply) with --capture."""
    capture: Annotated[Path | None, Option(metavar="CAPTURE")] = None
    """Folder of the images; default: the capture that the scene was made from."""


@dataclass(frozen=True, kw_only=True)
class DecomposeSettings(MaskSettings):
    """Settings of ``decompose``."""

    tracks: bool = False
    """Mask ids already refer to the same object in every image: skip the grouping."""
    preset: Annotated[
        str | ClusterConfig | PublishedConfig,
        Option(metavar="NAME", presets=(f"{_CONFIG}:ClusterConfig", f"{_CONFIG}:PublishedConfig")),
    ] = "default"
    """Preset: default, or published (the rules of InstaScene)."""
    features: bool = False
    """Train instance features, and assign surfels without an object to the most similar one."""
    feature_steps: Number = 3000
    """Training steps for the features."""
    seed_from_instances: bool = False
    """Start from the existing instances of the scene, which keep their ids."""
    split: Annotated[
        bool, Option(negated_help="Do not split surfels that straddle the border of two objects.")
    ] = True
    """Split surfels that straddle the border of two objects."""
    meshes: Annotated[bool, Option(negated_help="Do not make meshes of the objects.")] = True
    """Make meshes of the objects."""
    up: Up = None
    """Direction against gravity; default: that of the scene."""
    seed: Number = 0
    """Random seed of the feature training."""
    layout: Name = None
    """Layout of the capture; default: detected."""
    threads: Threads = None
    """CPU cores to use; default: all."""

    def clustering(self) -> ClusterConfig | PublishedConfig:
        """The resolved settings of tracking and clustering.

        Raises:
            UnknownNameError: There is no such preset.
        """
        from scenewright.splats.decomposition.config import cluster_preset

        return cluster_preset(self.preset)

    def resolved(self) -> DecomposeSettings:
        """The same settings with the preset resolved and the path of the masks made absolute."""
        return replace(self, masks=self.absolute_masks(), preset=self.clustering())
