"""The conditional flow over sparse structures: TRELLIS, SceneGen, I-Scene, by configuration.

State dicts have the published names. Parts that a configuration turns off are absent from them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from scenewright.core import ShapeError
from scenewright.models.networks.flow_block import BlockCondition, FlowBlock
from scenewright.models.networks.flow_config import FlowConfig
from scenewright.models.networks.layers import TimestepEmbedder, grid_coords, position_embedding
from scenewright.models.networks.loading import set_torso_dtype, torso_dtype
from scenewright.models.networks.pose_head import PositionHead
from scenewright.models.networks.prediction import Prediction

_TIME_STD = 0.02


@dataclass(frozen=True)
class FlowCondition:
    """A condition that is projected for every block, to be used in many steps.

    Attributes:
        blocks: Keys and values per block.
        shared_slots: Slots that are the same for all instances and are computed once.
    """

    blocks: tuple[BlockCondition, ...]
    shared_slots: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Layout:
    """Which sequence each slot of each instance is.

    Attributes:
        kept: (S,) the rows of N * slots rows that are computed.
        routes: (N, slots) numbers of sequences, 0 to S - 1.
    """

    kept: Tensor
    routes: Tensor

    @classmethod
    def of(
        cls, instances: int, slots: int, shared: tuple[int, ...], device: torch.device
    ) -> _Layout:
        # A network without values (on the meta device) still needs to know which sequence is which.
        place = torch.device("cpu") if device.type == "meta" else device
        rows = torch.arange(instances * slots, device=place).view(instances, slots)
        if not shared:
            return cls(rows.flatten(), rows)
        owners = rows.clone()
        for slot in shared:
            owners[:, slot] = rows[0, slot]
        kept, routes = torch.unique(owners, return_inverse=True)
        return cls(kept, routes)


class SceneFlow(nn.Module):
    """Predicts the velocity of noisy latent grids under image tokens.

    Latents are (N, in_channels, r, r, r) for N objects, or (N, slots, in_channels, r, r, r) with
    scene context, where slot 0 is the instance.

    Args:
        config: Sizes and contexts.

    Attributes:
        recompute: Whether training keeps only the tokens between blocks, and computes each block
            again for its gradients, which takes less memory and more time.
    """

    def __init__(self, config: FlowConfig) -> None:
        super().__init__()
        self.config = config
        self.recompute = False
        width, cells = config.model_channels, config.patch_size**3
        self.t_embedder = TimestepEmbedder(width)
        self.input_layer = nn.Linear((config.in_channels + config.partial_channels) * cells, width)
        coords = grid_coords(config.resolution // config.patch_size)
        self.register_buffer("pos_emb", position_embedding(coords, width))
        context = config.global_context
        self.position_token = self.register_token = None
        if context is not None:
            # Row 0 is that of the first object, row 1 that of all others.
            self.register_token = nn.Parameter(torch.randn(2, context.register_tokens, width))
        if config.pose is not None:
            self.position_token = nn.Parameter(torch.randn(2, 1, width))
            self.position_head = PositionHead(
                width, config.num_heads, config.pose, ratio=config.mlp_ratio
            )
        self.blocks = nn.ModuleList(FlowBlock(config, i) for i in range(config.num_blocks))
        self.out_layer = nn.Linear(width, config.out_channels * cells)
        self._initialize()

    def forward(
        self,
        x: Tensor,
        time: Tensor,
        condition: Tensor | FlowCondition,
        *,
        partial: Tensor | None = None,
    ) -> Prediction:
        """Predicts velocities.

        Args:
            x: Noisy latents (see the class).
            time: (N,), 1000 t.
            condition: Tokens (N, T, cond_channels), or (N, slots, T, cond_channels) with scene
                context; or what `prepare` or `prepare_zeros` made of them.
            partial: Known geometry, like `x` with partial_channels; None stands for zeros.

        Raises:
            ShapeError: The latents have other sizes, or the times are not one per object.
        """
        self._check(x, time)
        latents = self._with_partial(x, partial)
        layout = _Layout.of(len(x), self.config.slots, _shared(condition), x.device)
        blocks: Iterable[BlockCondition] = (
            condition.blocks
            if isinstance(condition, FlowCondition)
            else self._project(condition, layout.kept)
        )
        slots = latents if self.config.scene_context is None else latents.flatten(0, 1)
        hidden = self.input_layer(self._patchify(slots[layout.kept]).to(self.input_layer.weight))
        dtype = torso_dtype(self.blocks)
        tokens = (hidden + self.pos_emb).to(dtype)
        times = time.repeat_interleave(self.config.slots)[layout.kept]
        modulation = self.t_embedder(times).to(dtype)
        special = self._special_tokens(len(x), dtype)
        for block, keys_values in zip(self._blocks(), blocks, strict=True):
            given = tokens, special, modulation, keys_values, layout.routes
            if self.recompute and torch.is_grad_enabled():
                tokens, special = checkpoint(block, *given, use_reentrant=False)
            else:
                tokens, special = block(*given)
        hidden = F.layer_norm(tokens.float(), tokens.shape[-1:])
        velocity = self._unpatchify(self.out_layer(hidden))[layout.routes]
        poses = None
        if self.config.pose is not None and special is not None:
            poses = self.position_head(special[:, 0])
        return Prediction(velocity.reshape(*x.shape[:-4], *velocity.shape[-4:]), poses)

    def prepare(
        self,
        condition: Tensor,
        *,
        local_tokens: int | None = None,
        shared_tokens: Tensor | None = None,
        shared_slots: tuple[int, ...] = (),
    ) -> FlowCondition:
        """Projects a condition once for all steps of a sampler.

        Args:
            condition: Tokens as for `forward`.
            local_tokens: How many of the first tokens are the object's own, where the network has
                global context; None for the number of the configuration.
            shared_tokens: (T, cond_channels) that follow the tokens of every object, where the
                network has global context.
            shared_slots: Slots with the same latents and tokens for all instances.
        """
        instances = len(condition)
        layout = _Layout.of(instances, self.config.slots, shared_slots, condition.device)
        blocks = self._project(condition, layout.kept, local_tokens, shared_tokens)
        return FlowCondition(tuple(blocks), shared_slots)

    def prepare_zeros(self, *, shared_slots: tuple[int, ...] = ()) -> FlowCondition:
        """The condition of zeros of guidance, for any number of objects and tokens.

        All keys and values of zeros are equal, so that the attention to them is a constant.
        """
        return FlowCondition(
            tuple(block.zero_condition() for block in self._blocks()), shared_slots
        )

    def set_dtype(self, dtype: torch.dtype) -> None:
        """Runs the blocks in another type; norms, time embedding, ends and poses keep theirs."""
        set_torso_dtype(self.blocks, dtype)

    def _project(
        self,
        condition: Tensor,
        kept: Tensor,
        local_tokens: int | None = None,
        shared_tokens: Tensor | None = None,
    ) -> Iterable[BlockCondition]:
        """Keys and values block by block, so that a plain call holds those of one at a time."""
        config = self.config
        self._check_condition(condition, shared_tokens)
        sequences = condition if config.scene_context is None else condition.flatten(0, 1)
        local = sequences[kept].to(torso_dtype(self.blocks))
        whole = None
        if config.global_context is not None:
            first = config.global_context.local_tokens if local_tokens is None else local_tokens
            whole = sequences[:: config.slots].to(local.dtype)
            local = local[:, :first]
        shared = None if shared_tokens is None else shared_tokens.to(local.dtype)
        return (block.project_condition(local, whole, shared) for block in self._blocks())

    def _blocks(self) -> Iterable[FlowBlock]:
        return cast(Iterable[FlowBlock], self.blocks)

    def _special_tokens(self, count: int, dtype: torch.dtype) -> Tensor | None:
        """(N, position and register tokens, width), or None without global context."""
        if self.register_token is None:
            return None
        parts = (self.position_token, self.register_token)
        tokens = torch.cat([part for part in parts if part is not None], 1)
        return torch.cat([tokens[:1], tokens[1:].expand(count - 1, -1, -1)]).to(dtype)

    def _check(self, x: Tensor, time: Tensor) -> None:
        config = self.config
        slots = () if config.scene_context is None else (config.slots,)
        sides = (config.resolution,) * 3
        wanted = (len(x), *slots, config.in_channels, *sides)
        if len(x) == 0 or tuple(x.shape) != wanted:
            shape = ", ".join(map(str, wanted[1:]))
            raise ShapeError("latents", expected=f"(N, {shape})", got=f"{tuple(x.shape)}")
        if tuple(time.shape) != (len(x),):
            raise ShapeError("times", expected=f"({len(x)},)", got=f"{tuple(time.shape)}")

    def _with_partial(self, x: Tensor, partial: Tensor | None) -> Tensor:
        """The latents with the channels of known geometry behind theirs."""
        shape = (*x.shape[:-4], self.config.partial_channels, *x.shape[-3:])
        if partial is None:
            partial = x.new_zeros(shape)
        if tuple(partial.shape) != shape:
            raise ShapeError("partial geometry", expected=f"{shape}", got=f"{tuple(partial.shape)}")
        return torch.cat([x, partial.to(x.dtype)], -4)

    def _check_condition(self, condition: Tensor, shared_tokens: Tensor | None) -> None:
        channels = self.config.cond_channels
        slots = () if self.config.scene_context is None else (self.config.slots,)
        shape = tuple(condition.shape)
        wanted = ", ".join(map(str, ("N", *slots, "T", channels)))
        if len(shape) != 3 + len(slots) or (*shape[1:-2], shape[-1]) != (*slots, channels):
            raise ShapeError("condition tokens", expected=f"({wanted})", got=f"{shape}")
        if shared_tokens is not None and (shared_tokens.ndim, shared_tokens.shape[-1]) != (
            2,
            channels,
        ):
            found = tuple(shared_tokens.shape)
            raise ShapeError("shared tokens", expected=f"(T, {channels})", got=f"{found}")

    def _patchify(self, x: Tensor) -> Tensor:
        """(S, C, r, r, r) to tokens (S, (r / p)^3, C p^3), channels first."""
        size = self.config.patch_size
        count, channels, side = x.shape[0], x.shape[1], x.shape[2] // size
        split = x.reshape(count, channels, side, size, side, size, side, size)
        return split.permute(0, 2, 4, 6, 1, 3, 5, 7).reshape(count, side**3, channels * size**3)

    def _unpatchify(self, tokens: Tensor) -> Tensor:
        """The inverse of `_patchify`."""
        size, resolution = self.config.patch_size, self.config.resolution
        count, side = len(tokens), resolution // size
        split = tokens.reshape(count, side, side, side, -1, size, size, size)
        grid = split.permute(0, 4, 1, 5, 2, 6, 3, 7)
        return grid.reshape(count, -1, resolution, resolution, resolution)

    def _initialize(self) -> None:
        """Xavier weights; the blocks and the output start as zero, so that nothing is disturbed."""
        for layer in self.modules():
            if isinstance(layer, nn.Linear):
                nn.init.xavier_uniform_(layer.weight)
                nn.init.zeros_(layer.bias)
        for parameter in self.t_embedder.parameters():
            if parameter.ndim == 2:
                nn.init.normal_(parameter, std=_TIME_STD)
        silent = [part for block in self._blocks() for part in block.silent_layers()]
        for part in (self.out_layer, *silent):
            for parameter in part.parameters():
                nn.init.zeros_(parameter)


def widened_weights(weights: Mapping[str, Tensor], config: FlowConfig) -> dict[str, Tensor]:
    """Weights of a flow without known geometry, for one with it, which at first ignores it.

    Args:
        weights: State dict of a network with the same configuration but no partial channels.
        config: The configuration with partial channels.
    """
    weight = weights["input_layer.weight"]
    extra = config.partial_channels * config.patch_size**3
    return {**weights, "input_layer.weight": F.pad(weight, (0, extra))}


def _shared(condition: Tensor | FlowCondition) -> tuple[int, ...]:
    return condition.shared_slots if isinstance(condition, FlowCondition) else ()
