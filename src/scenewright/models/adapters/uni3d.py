"""Uni3D-g (Zhou et al., ICLR 2024): vectors of objects from their colored points."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor

from scenewright.core import ConventionError, Scene, WeightsError
from scenewright.models.networks.uni3d import Uni3DConfig, Uni3DNetwork
from scenewright.models.object_clouds import object_clouds

_NAME = "points/uni3d"
_PARTS = "module.", "point_encoder."
_LEAST_POINTS = 10
_GRAY = 0.4
"""Color of points without one."""
_DO = "Use a checkpoint of Uni3D-g; other sizes have other blocks."


class Uni3DEncoder:
    """Backend ``points/uni3d``: fills `PointEncoder`.

    The points of an object lose their mean, are divided by the largest radius, and get up to
    `num_points`. Published checkpoints are files of PyTorch, which are read with ``weights_only``
    and only if allowed; saved as safetensors, they are read without.

    Args:
        weights: The checkpoint, as ``file:PATH`` or a path.
        heads: Heads of attention, which checkpoints do not tell.
        groups: Patches of an object.
        group_size: Points of each.
        num_points: Most points of an object.
        device: Torch device, such as ``cuda``.
        allow_pickles: Whether files of PyTorch are read.

    Raises:
        WeightsError: The checkpoint is missing, refused, damaged, or of another network.
        ConventionError: A number is below 1.
    """

    def __init__(
        self,
        weights: str,
        *,
        heads: int = 16,
        groups: int = 512,
        group_size: int = 64,
        num_points: int = 10_000,
        device: str = "cpu",
        allow_pickles: bool = False,
    ) -> None:
        for name, value in (("heads", heads), ("groups", groups), ("group_size", group_size),
                            ("num_points", num_points)):  # fmt: skip
            if value < 1:
                raise ConventionError(name, expected="1 or more", got=str(value))
        path = Path(weights.removeprefix("file:"))
        arrays = _arrays(path, allow_pickles=allow_pickles)
        config = _config(path, arrays, (heads, groups, group_size))
        network = Uni3DNetwork(config)
        wanted = network.state_dict()
        missing = [name for name in wanted
                   if name not in arrays or arrays[name].shape != wanted[name].shape]  # fmt: skip
        if missing:
            raise WeightsError(
                f"{path}", expected=f"a tensor {missing[0]} of {tuple(wanted[missing[0]].shape)}",
                got=str(tuple(arrays[missing[0]].shape)) if missing[0] in arrays else "none",
                do=_DO,
            )  # fmt: skip
        network.load_state_dict({name: arrays[name].float() for name in wanted})
        self._network = network.eval().to(device)
        self._path, self._num_points, self._device = path, num_points, device

    @property
    def dim(self) -> int:
        """Length A of the vectors."""
        return self._network.config.dim

    @property
    def source(self) -> str:
        """The backend and its weights."""
        return f"{_NAME} {self._path}"

    def vectors(self, scene: Scene) -> dict[int, NDArray[np.float32]]:
        """(A,) unit vector of each object by id; see `PointEncoder`."""
        clouds = object_clouds(scene, np.eye(3))
        found = {}
        for number in scene.instances.id[~scene.instances.is_stuff].tolist():
            points, colors = clouds.get(number, (np.zeros((0, 3)), None))
            if len(points) >= _LEAST_POINTS:
                found[number] = self.encode(points, colors)
        return found

    def encode(
        self, points: NDArray[np.floating], colors: NDArray[np.uint8] | None = None
    ) -> NDArray[np.float32]:
        """(A,) unit vector of one object.

        Args:
            points: (N, 3) on its surface.
            colors: (N, 3) uint8 RGB, or None.
        """
        rows = np.random.default_rng(0).permutation(len(points))[: self._num_points]
        rows = np.resize(rows, max(len(rows), self._network.config.group_size))
        kept = np.asarray(points, np.float64)[rows]
        kept = kept - kept.mean(axis=0)
        kept /= max(float(np.linalg.norm(kept, axis=1).max()), 1e-9)
        shade = np.full(kept.shape, _GRAY) if colors is None else colors[rows] / 255.0
        with torch.inference_mode():
            vector = self._network(self._tensor(kept), self._tensor(shade))[0]
        found: NDArray[np.float32] = torch.nn.functional.normalize(vector, dim=0).cpu().numpy()
        return found

    def _tensor(self, values: NDArray[np.float64]) -> Tensor:
        return torch.from_numpy(values.astype(np.float32))[None].to(self._device)


def _arrays(path: Path, *, allow_pickles: bool) -> dict[str, Tensor]:
    """Tensors of the point encoder by their names in it."""
    if not path.is_file():
        raise WeightsError(f"{path}", expected="a checkpoint of Uni3D-g", got="no file")
    is_pickle = path.suffix != ".safetensors"
    if is_pickle and not allow_pickles:
        raise WeightsError(
            f"Weights {path} are refused", expected="a safetensors file",
            got="a file of PyTorch, a format that can run code when it is opened",
            do="If you trust its source, add allow_pickles=True; then it is read with "
            "weights_only.",
        )  # fmt: skip
    try:
        given: Any = (
            torch.load(path, map_location="cpu", weights_only=True)
            if is_pickle
            else load_file(path)
        )
    except Exception as error:
        # Damaged files raise exceptions of many types.
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise WeightsError(
            f"{path}", expected="a checkpoint of Uni3D-g", got=reason[:120]
        ) from error
    given = given.get("module", given) if isinstance(given, dict) else {}
    found = {}
    for name, value in given.items():
        for part in _PARTS:
            name = str(name).removeprefix(part)
        if isinstance(value, Tensor):
            found[name] = value
    return found


def _config(path: Path, arrays: dict[str, Tensor], chosen: tuple[int, int, int]) -> Uni3DConfig:
    """The design of a checkpoint; widths are those of its tensors."""
    blocks = {name.split(".")[2] for name in arrays if name.startswith("visual.blocks.")}
    try:
        dim, width = arrays["trans2embed.weight"].shape
        patch = arrays["encoder2trans.weight"].shape[1]
        feed = arrays["visual.blocks.0.mlp.fc1.weight"].shape[0]
    except KeyError as error:
        raise WeightsError(
            f"{path}", expected=f"a tensor {error.args[0]}", got="none", do=_DO
        ) from error
    heads, groups, size = chosen
    if width % heads:
        raise ConventionError("heads", expected=f"a divisor of the width {width}", got=str(heads))
    return Uni3DConfig(
        width=width, depth=len(blocks), heads=heads, feed=feed, patch=patch, dim=dim,
        groups=groups, group_size=size,
    )  # fmt: skip
