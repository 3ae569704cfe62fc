"""Training configuration of the published flows; importing it imports neither torch nor numpy."""

from __future__ import annotations

from dataclasses import dataclass

SCENEGEN, ISCENE = "scenegen", "iscene"
TRAINED_PARTS: dict[str, tuple[str, ...]] = {
    SCENEGEN: (
        "global_attn", "global_cross_attn", "adaLN_modulation_global", "position_token",
        "register_token", "position_head",
    ),
    ISCENE: ("",),
}  # fmt: skip
"""Parts of the names of the weights that the recipes train; the rest of TRELLIS stays."""
_COLLISION = {SCENEGEN: 1.0, ISCENE: 0.0}


@dataclass(frozen=True)
class SceneFlowTrainingConfig:
    """How a flow is fine-tuned; the defaults are those of SceneGen (arXiv 2508.15769)."""

    recipe: str = SCENEGEN
    """Recipe: scenegen (global attention and poses; the rest stays) or iscene (all weights)."""
    steps: int = 20_000
    """Number of optimization steps."""
    scenes: int = 8
    """Number of scenes per step and process, one after the other; published: 1 on each of 8."""
    learning_rate: float = 5e-5
    """Learning rate of AdamW (Loshchilov and Hutter, 2019)."""
    weight_decay: float = 0.0
    """Weight decay."""
    warmup: int = 1
    """Number of warmup steps of the learning rate."""
    cooldown: float = 0.0
    """Final share of the steps over which the learning rate decays to 0."""
    average: float = 0.9999
    """Decay per step of the moving average of the weights, which is what gets exported."""
    time_mean: float = 1.0
    """Mean of the normal distribution whose logistic function is the time of a sample."""
    time_std: float = 1.0
    """Its standard deviation."""
    drop_condition: float = 0.1
    """Share of the objects without condition, for guidance."""
    max_objects: int = 7
    """Objects of a scene beyond this number are left out at random."""
    least_score: float = 4.5
    """Objects with a lower aesthetic score are left out; those without a score stay."""
    pose_weight: float = 1.0
    """Weight of the loss of poses, beside its balance."""
    collision_weight: float | None = None
    """Weight of the collision of the predicted objects. None: 1 for scenegen, 0 for iscene."""
    collision_side: int = 48
    """Cells per side of the grid on which collisions are measured."""
    train_all: bool = False
    """Train all weights, not only those that the recipe trains."""
    level_axes: bool = True
    """Of iscene: the cube of the scene stands upright and follows the heading of the camera; else
    it follows the whole rotation of the camera."""
    cache: bool = True
    """Keep encoded pictures and shapes on disk, in prepared/; else they are encoded at each use."""
    recompute: bool = False
    """Compute blocks twice to save memory."""
    bfloat16: bool = True
    """Compute in bfloat16, with weights in float32."""
    seed: int = 0
    """Random seed of new weights, the order of the samples and the noise."""
    held_out: int = 50
    """Number of scenes for validation, the last ones of the table."""
    validate_every: int = 500
    """Number of steps between validations; each validation writes a checkpoint and the weights."""
    num_threads: int = 1
    """Number of CPU threads for torch."""
    device: str = "cpu"
    """Torch device for training, such as ``cuda``."""

    def __post_init__(self) -> None:
        from scenewright.core import ConventionError  # imports numpy, which help texts do not need

        name = type(self).__name__
        if self.recipe not in TRAINED_PARTS:
            raise ConventionError(
                f"{name}.recipe", expected=" or ".join(TRAINED_PARTS), got=f"'{self.recipe}'"
            )
        counts = ("steps", "scenes", "collision_side", "held_out", "validate_every", "num_threads")
        for field, least in (*((each, 1) for each in counts), ("max_objects", 2)):
            if getattr(self, field) < least:
                raise ConventionError(
                    f"{name}.{field}", expected=f"{least} or more", got=str(getattr(self, field))
                )
        if not 0 <= self.drop_condition < 1:
            raise ConventionError(
                f"{name}.drop_condition", expected="0 or more and below 1",
                got=f"{self.drop_condition:g}",
            )  # fmt: skip

    @property
    def collision(self) -> float:
        """The weight of collisions, that of the recipe if none is given."""
        given = self.collision_weight
        return _COLLISION[self.recipe] if given is None else given
