"""Published class names and arguments, as in the JSON files of checkpoints, to networks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import nn

from scenewright.core import UnknownNameError, WeightsError
from scenewright.models.networks.ss_vae import SparseStructureDecoder, SparseStructureEncoder

Builder = Callable[[Mapping[str, Any]], nn.Module]
"""Makes a network with random weights from the published arguments."""


def _encoder(args: Mapping[str, Any]) -> nn.Module:
    return SparseStructureEncoder(
        args["in_channels"],
        args["latent_channels"],
        args["num_res_blocks"],
        channels=args["channels"],
        num_res_blocks_middle=args.get("num_res_blocks_middle", 2),
    )


def _decoder(args: Mapping[str, Any]) -> nn.Module:
    return SparseStructureDecoder(
        args["out_channels"],
        args["latent_channels"],
        args["num_res_blocks"],
        channels=args["channels"],
        num_res_blocks_middle=args.get("num_res_blocks_middle", 2),
    )


BUILDERS: dict[str, Builder] = {
    "SparseStructureEncoder": _encoder,
    "SparseStructureDecoder": _decoder,
}
"""By the name of the published class."""


def build(name: str, args: Mapping[str, Any]) -> nn.Module:
    """Makes a network with random weights; inside ``torch.device("meta")`` it takes no memory.

    Args:
        name: Published class name, such as ``"SparseStructureDecoder"``.
        args: Published arguments.

    Raises:
        UnknownNameError: There is no such network.
        WeightsError: An argument is missing.
    """
    builder = BUILDERS.get(name)
    if builder is None:
        raise UnknownNameError(
            f"Network '{name}'", expected=f"one of {', '.join(sorted(BUILDERS))}", got="another"
        )
    try:
        return builder(args)
    except KeyError as error:
        raise WeightsError(
            f"The configuration of {name}",
            expected=f"an argument '{error.args[0]}'",
            got=", ".join(sorted(args)) or "no arguments",
        ) from error
