"""Training configurations of ``generate/tiny``; importing it imports neither torch nor numpy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class VaeTrainingConfig:
    """Training configuration of the codec of grids; the defaults are those of the weights in the
    wheel."""

    method: str = "blocks"
    """Kind of the codec: blocks (principal components, seconds) or network (the VAE)."""

    steps: int = 3600
    """Number of optimization steps, one batch each."""
    batch_size: int = 16
    """Number of grids per batch."""
    grids: int = 7000
    """Number of training grids, made from seeds before the first step."""
    latent_channels: int = 24
    """Channels of the latent, which has 8 cells per side."""
    width: int = 48
    """Channels of the convolutions."""
    blocks: int = 1
    """Residual blocks of the encoder and of the decoder."""
    kl: float = 2e-4
    """Weight of the Kullback-Leibler divergence, mean over the latent."""
    learning_rate: float = 4e-3
    """Peak learning rate of AdamW (Loshchilov and Hutter, 2019)."""
    warmup: int = 50
    """Number of warmup steps of the learning rate."""
    cooldown: float = 0.6
    """Final share of the steps over which the learning rate decays to 0."""
    average: float = 0.995
    """Decay per step of the moving average of the weights, which is what gets exported."""
    bfloat16: bool = True
    """Compute in bfloat16, with weights in float32, where the device does so quickly."""
    seed: int = 0
    """Random seed of the initial weights, the grids, their order and the noise."""
    held_out: int = 400
    """Number of grids for validation, from seeds that training does not use."""
    validate_every: int = 200
    """Number of steps between validations; each validation writes a checkpoint."""
    num_threads: int = 1
    """Number of CPU threads for torch."""
    device: str = "cpu"
    """Torch device for training, such as ``cuda``."""

    def __post_init__(self) -> None:
        from scenewright.core import ConventionError

        if self.method not in ("blocks", "network"):
            raise ConventionError("method", expected="blocks or network", got=self.method)
        check_counts(self, "steps", "batch_size", "grids", "latent_channels", "width", "blocks",
                     "held_out", "validate_every", "num_threads")  # fmt: skip


def check_counts(config: object, *names: str) -> None:
    """Refuses fields below 1.

    Raises:
        ConventionError: One is.
    """
    from scenewright.core import ConventionError  # imports numpy, which help texts do not need

    for name in names:
        value = getattr(config, name)
        if value < 1:
            raise ConventionError(
                f"{type(config).__name__}.{name}", expected="1 or more", got=str(value)
            )


@dataclass(frozen=True)
class EncoderTrainingConfig:
    """Training configuration of the image encoder; the defaults are those of the weights in the
    wheel."""

    steps: int = 2250
    """Number of optimization steps, one batch each."""
    scenes: int = 320
    """Number of scenes per part of a batch, with all their objects."""
    objects: int = 736
    """Number of objects per part of a batch, reached by exchanging scenes, 0 for any; a GPU plans
    its convolutions anew for every other number."""
    accumulate: int = 1
    """Number of parts of a batch, one after the other; each of several processes has as many."""
    worlds: int = 14500
    """Number of worlds that are made from seeds before the first step, unless there are shards."""
    kind: str = "mixed"
    """Kind of the worlds that are made: mixed, random, rooms or tabletop."""
    width: int = 512
    """Channels of the summary of an object."""
    layers: int = 3
    """Transformer layers in which the parts of a shape attend to image tokens."""
    token_width: int = 192
    """Channels of the image tokens."""
    token_layers: int = 4
    """Transformer layers on the image tokens."""
    context: bool = True
    """Whether objects see their scene."""
    learning_rate: float = 1.2e-2
    """Peak learning rate of Muon."""
    weight_decay: float = 0.02
    """Weight decay."""
    warmup: int = 50
    """Number of warmup steps of the learning rate."""
    cooldown: float = 0.5
    """Final share of the steps over which the learning rate decays to 0."""
    average: float = 0.998
    """Decay per step of the moving average of the weights, which is what gets exported."""
    drop_points: float = 0.5
    """Share of the scenes without measured points."""
    give_scan: float = 0.25
    """Share of the objects that are given as parts of scans, without a picture."""
    box_weight: float = 0.7
    """Weight of the loss of the predicted boxes."""
    color_weight: float = 0.5
    """Weight of the loss of the predicted colors."""
    heading_weight: float = 0.2
    """Weight of the loss of the predicted headings."""
    canonical_weight: float = 1.0
    """Weight of the loss of shapes in their canonical cubes, beside that in the cubes of the
    view."""
    voxel_weight: float = 4.0
    """Weight of the cross entropy of voxels beside their Dice loss."""
    collision_weight: float = 0.0
    """Weight of the share of a scene that its predicted objects share."""
    bfloat16: bool = True
    """Compute in bfloat16, with weights in float32, where the device does so quickly."""
    seed: int = 0
    """Random seed of the initial weights, the order of the samples and the noise."""
    held_out: int = 2
    """Number of shards held out for validation."""
    validate_every: int = 200
    """Number of steps between validations; each validation writes a checkpoint."""
    watch: bool = False
    """After each validation, take in shards that other processes wrote into the folder since; a
    resumed training then sees other samples than an unbroken one."""
    num_workers: int = 1
    """Number of processes that make worlds, before the first step."""
    num_threads: int = 1
    """Number of CPU threads for torch."""
    device: str = "cpu"
    """Torch device for training, such as ``cuda``."""

    def __post_init__(self) -> None:
        check_kind(self.kind)
        check_counts(self, "steps", "scenes", "accumulate", "worlds", "width", "layers",
                     "token_width", "token_layers", "validate_every", "held_out",
                     "num_workers", "num_threads")  # fmt: skip


@dataclass(frozen=True)
class FlowTrainingConfig:
    """Training configuration of the flow; the defaults are those of the weights in the wheel."""

    steps: int = 530
    """Number of optimization steps, one batch each."""
    scenes: int = 96
    """Number of scenes per part of a batch, with all their objects."""
    objects: int = 220
    """Number of objects per part of a batch, reached by exchanging scenes, 0 for any; a GPU plans
    its convolutions anew for every other number."""
    accumulate: int = 1
    """Number of parts of a batch, one after the other; each of several processes has as many."""
    worlds: int = 14500
    """Number of worlds that are made from seeds before the first step, unless there are shards."""
    kind: str = "mixed"
    """Kind of the worlds that are made: mixed, random, rooms or tabletop."""
    width: int = 160
    """Channels of the flow."""
    blocks: int = 6
    """Blocks of the flow."""
    heads: int = 4
    """Attention heads of the flow."""
    context_blocks: int = 4
    """Blocks in which an object attends to its scene and to its canonical shape."""
    learning_rate: float = 1.2e-2
    """Peak learning rate of Muon."""
    weight_decay: float = 0.02
    """Weight decay."""
    warmup: int = 50
    """Number of warmup steps of the learning rate."""
    cooldown: float = 0.5
    """Final share of the steps over which the learning rate decays to 0."""
    average: float = 0.995
    """Decay per step of the moving average of the weights, which is what gets exported."""
    drop_picture: float = 0.1
    """Share of the objects without image tokens, for guidance and for completion."""
    drop_points: float = 0.5
    """Share of the scenes without measured points."""
    collision_weight: float = 0.0
    """Weight of the share of a scene that its predicted objects share."""
    bfloat16: bool = True
    """Compute in bfloat16, with weights in float32, where the device does so quickly."""
    seed: int = 0
    """Random seed of the initial weights, the order of the samples and the noise."""
    held_out: int = 2
    """Number of shards held out for validation."""
    validate_every: int = 100
    """Number of steps between validations; each validation writes a checkpoint."""
    num_workers: int = 1
    """Number of processes that make worlds, before the first step."""
    num_threads: int = 1
    """Number of CPU threads for torch."""
    device: str = "cpu"
    """Torch device for training, such as ``cuda``."""

    def __post_init__(self) -> None:
        check_kind(self.kind)
        check_counts(self, "steps", "scenes", "accumulate", "worlds", "width", "blocks", "heads",
                     "validate_every", "held_out", "num_workers", "num_threads")  # fmt: skip


def check_kind(kind: str) -> None:
    """Refuses an unknown kind of worlds.

    Raises:
        ConventionError: It is unknown.
    """
    from scenewright.core import ConventionError

    if kind not in ("mixed", "random", "rooms", "tabletop"):
        raise ConventionError("kind", expected="mixed, random, rooms or tabletop", got=kind)
