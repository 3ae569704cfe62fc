"""Configurations of the conditional flow over sparse structures; the published ones among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scenewright.core import ConventionError, WeightsError


@dataclass(frozen=True)
class SceneContext:
    """I-Scene's attention: an instance also attends to its scene and to its canonical shape.

    Attributes:
        num_blocks: Consecutive blocks in the middle of the network that do so.
        sources: Further slots per instance, to which slot 0 attends.
        key_bias: Whether the keys of each source have a learned bias per head.
        key_gate: Whether the keys of each source have a learned gate per head.
        key_bias_scale: Largest size of the bias.
    """

    num_blocks: int = 5
    sources: int = 2
    key_bias: bool = False
    key_gate: bool = False
    key_bias_scale: float = 0.2


@dataclass(frozen=True)
class GlobalContext:
    """SceneGen's attention: in every block, all objects of a scene attend to one another.

    Attributes:
        register_tokens: Learned tokens per object that take part.
        local_tokens: How many of the first condition tokens are the object's own; these alone are
            used outside of the global layers.
    """

    register_tokens: int = 4
    local_tokens: int = 1374


@dataclass(frozen=True)
class PoseHead:
    """SceneGen's head that predicts the pose of each object relative to the first.

    Attributes:
        depth: Transformer blocks per refinement.
        iterations: Refinements.
        joint: Whether the objects attend to one another; in the published head they do not.
    """

    depth: int = 4
    iterations: int = 4
    joint: bool = False


@dataclass(frozen=True)
class FlowConfig:
    """A conditional flow. The defaults are those of TRELLIS "image-large".

    Attributes:
        resolution: Cells per side of the latent grid.
        in_channels: Channels of the noisy latent.
        out_channels: Channels of the velocity.
        model_channels: Width.
        cond_channels: Channels of the condition tokens.
        num_blocks: Transformer blocks.
        num_heads: Attention heads.
        mlp_ratio: Hidden width / width of the feed-forward layers.
        patch_size: Cells per side of a token.
        qk_rms_norm: Whether self attention normalizes queries and keys.
        qk_rms_norm_cross: Whether cross attention does.
        partial_channels: Channels of known geometry that come with the latent; 0 for none.
        scene_context: Attention between the slots of an instance, or None.
        global_context: Attention between the objects of a scene, or None.
        pose: Head that predicts poses, or None; requires `global_context`.

    Raises:
        ConventionError: Sizes that do not divide, or a pose head without global context.
    """

    resolution: int = 16
    in_channels: int = 8
    out_channels: int = 8
    model_channels: int = 1024
    cond_channels: int = 1024
    num_blocks: int = 24
    num_heads: int = 16
    mlp_ratio: float = 4.0
    patch_size: int = 1
    qk_rms_norm: bool = True
    qk_rms_norm_cross: bool = False
    partial_channels: int = 0
    scene_context: SceneContext | None = None
    global_context: GlobalContext | None = None
    pose: PoseHead | None = None

    def __post_init__(self) -> None:
        for whole, part in (("model_channels", "num_heads"), ("resolution", "patch_size")):
            total, divisor = getattr(self, whole), getattr(self, part)
            if divisor < 1 or total < 1 or total % divisor:
                raise ConventionError(
                    whole, expected=f"a multiple of {part} ({divisor})", got=str(total)
                )
        if self.pose is not None and self.global_context is None:
            raise ConventionError("pose", expected="a flow with global context", got="one without")

    @property
    def slots(self) -> int:
        """Latents per instance: 1, or 1 + sources with scene context."""
        return 1 if self.scene_context is None else 1 + self.scene_context.sources

    @property
    def scene_context_blocks(self) -> range:
        """Numbers of the blocks with scene context."""
        if self.scene_context is None:
            return range(0)
        count = min(self.scene_context.num_blocks, self.num_blocks)
        start = max(self.num_blocks // 2 - count // 2, 0)
        return range(start, min(start + count, self.num_blocks))


_SIZES = (
    "resolution", "in_channels", "out_channels", "model_channels", "cond_channels", "num_blocks",
    "num_heads", "mlp_ratio", "patch_size", "qk_rms_norm", "qk_rms_norm_cross",
)  # fmt: skip
_FIXED: dict[str, tuple[Any, ...]] = {
    "pe_mode": ("ape",),
    "share_mod": (False, None),
    "use_batch_encoder": (False, None),
    "pose_encoding_type": ("absT_quatR_S",),
}
"""Arguments of the published classes of which only the published values are known."""


def published_flow_config(args: Mapping[str, Any]) -> FlowConfig:
    """The configuration of a published sparse-structure flow.

    Args:
        args: Arguments of TRELLIS's ``SparseStructureFlowModel``, of SceneGen's version of it
            (``use_global``), or of I-Scene's ``SparseStructureSceneContextFlowModel``
            (``exp_setting``). Types of numbers (``use_fp16``) are ignored.

    Raises:
        WeightsError: A required argument is missing, or has a value that is not supported.
    """
    check_fixed(args, _FIXED)
    sizes: dict[str, Any] = {name: args[name] for name in _SIZES if args.get(name) is not None}
    missing = [name for name in _SIZES[:6] if name not in sizes]
    if missing:
        raise WeightsError(
            "The configuration of a flow", expected=f"an argument '{missing[0]}'", got="none"
        )
    if "num_heads" not in sizes:
        sizes["num_heads"] = sizes["model_channels"] // int(args.get("num_head_channels") or 64)
    sizes.setdefault("qk_rms_norm", False)
    sizes.setdefault("patch_size", 2)
    if args.get("use_global"):
        sizes["global_context"] = GlobalContext(args.get("num_register_tokens", 4))
        sizes["pose"] = PoseHead(args.get("trunk_depth", 4), args.get("num_iteration", 4))
    if args.get("exp_setting") is not None:
        extras = str(args.get("type_embedding_type") or "")
        sizes["scene_context"] = SceneContext(
            num_blocks=args.get("scene_context_attn_num", 5),
            sources=len(str(args["exp_setting"]).split()),
            key_bias="enable_k_bias" in extras,
            key_gate="enable_gate" in extras,
            key_bias_scale=args.get("k_bias_scale", 0.2),
        )
    return FlowConfig(**sizes)


def check_fixed(args: Mapping[str, Any], known: Mapping[str, tuple[Any, ...]]) -> None:
    """Refuses arguments of published classes with values that are not supported.

    Raises:
        WeightsError: An argument has another value than the known ones.
    """
    for name, values in known.items():
        if name in args and args[name] not in values:
            raise WeightsError(
                f"The configuration of a network: {name}",
                expected=" or ".join(repr(value) for value in values),
                got=repr(args[name]),
            )
