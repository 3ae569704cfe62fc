"""The engine of CUDA: gsplat's 2D Gaussians behind the shape of our own rasterizer.

It has been written against gsplat 1.5.3 and has not been run on a GPU by its authors yet: what is
tested without one is how arguments go in and how images come out. What differs from our maths:

- depth, median and distortion take the depth of a surfel's centre, not of the hit of the ray;
- alpha is cut at 0.999, not 0.99; there is no test of hits against the near plane;
- the low-pass filter sits on the centre of the box of one standard deviation, not of three, and
  a surfel ends with its box of 3.33 of them;
- a disk that reaches to the camera's plane is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from scenewright.core import Camera, ConventionError, MissingExtraError
from scenewright.core.optional import require
from scenewright.geometry.transforms import invert_rigid
from scenewright.splats.torch_engines.reference import shade
from scenewright.splats.torch_engines.tensors import ImageTensors, SurfelTensors

_NUM_COLORS = 3
_NUM_MOMENTS = 2


@dataclass(frozen=True, eq=False)
class GsplatDrawing:
    """A picture on the GPU; `torch.autograd` goes through it.

    Attributes:
        images: Shapes and frames of `Images`.
        visible: (N,) bool, whether a surfel is in the picture.
    """

    images: ImageTensors
    visible: Tensor
    _slopes: Tensor

    def screen(self) -> Tensor:
        """(N,) the statistic `SurfelGradients.screen`; call it after ``backward``."""
        if self._slopes.grad is None:
            return self._slopes.new_zeros(self._slopes.shape[-2])
        height, width = self.images.alpha.shape
        half = self._slopes.new_tensor([width / 2, height / 2])
        lengths: Tensor = (self._slopes.grad.reshape(-1, 2) * half).norm(dim=1)
        return lengths


class GsplatRasterizer:
    """Draws surfels with gsplat on one GPU.

    Args:
        device: Such as ``"cuda:1"``.

    Raises:
        MissingExtraError: gsplat is not installed, or torch sees no GPU.
    """

    def __init__(self, device: str = "cuda") -> None:
        self._gsplat = require("gsplat", extra="splats")
        self.device = torch.device(device)
        if self.device.type != "cuda" or not torch.cuda.is_available():
            raise MissingExtraError(
                "The engine 'gsplat' runs on CUDA only",
                expected="a GPU of NVIDIA and a build of torch for it",
                got=f"device '{device}', torch {torch.__version__}",
                do="Use the engine 'numba', which runs on the processor.",
            )

    def draw(
        self,
        surfels: SurfelTensors,
        camera: Camera,
        *,
        world_from_cam: NDArray[Any],
        near: float,
        far: float,
        sh_degree: int | None = None,
        background: Sequence[float] = (0.0, 0.0, 0.0),
        features: Tensor | None = None,
    ) -> GsplatDrawing:
        """`rasterizer.rasterize` for float32 tensors on the device; arguments as there.

        Raises:
            ConventionError: The camera has skew.
        """
        arguments = gsplat_arguments(
            surfels,
            camera,
            world_from_cam=world_from_cam,
            near=near,
            far=far,
            sh_degree=sh_degree,
            background=background,
            features=features,
        )
        # gsplat appends depths of shape (1, N, 1), and takes colors per camera for that only.
        arguments["colors"] = arguments["colors"][None]
        with torch.cuda.device(self.device):  # gsplat makes a tensor on the current one
            outputs = self._gsplat.rasterization_2dgs(**arguments)
        num_features = None if features is None else features.shape[1]
        images = images_of_gsplat(outputs, world_from_cam=world_from_cam, num_features=num_features)
        details = outputs[-1]
        visible = (details["radii"].reshape(-1, 2) > 0).all(dim=1)
        return GsplatDrawing(images, visible, details["gradient_2dgs"])


def gsplat_arguments(
    surfels: SurfelTensors,
    camera: Camera,
    *,
    world_from_cam: NDArray[Any],
    near: float,
    far: float,
    sh_degree: int | None = None,
    background: Sequence[float] = (0.0, 0.0, 0.0),
    features: Tensor | None = None,
) -> dict[str, Any]:
    """The arguments of ``gsplat.rasterization_2dgs`` for one picture, with (N, C) colors.

    Both put pixel centres at half integers, so the intrinsics go over as they are. Channels are
    color, m and m^2 of the distortion, features, and zeros up to a count that gsplat has a kernel
    for; it adds depth as the last.

    Raises:
        ConventionError: The camera has skew.
    """
    if camera.K[0, 1] != 0:
        got = f"{camera.K[0, 1]:g}"
        raise ConventionError("Camera of a picture of surfels", expected="no skew", got=got)
    means = surfels.means
    cam_from_world = means.new_tensor(invert_rigid(world_from_cam))
    origin = means.new_tensor(world_from_cam)[:3, 3]
    depth = (means @ cam_from_world[2, :3] + cam_from_world[2, 3]).clamp(min=near)
    colors = shade(means - origin, surfels.sh, sh_degree=sh_degree)
    channels = [colors, _depth_moments(depth, near, far)]
    if features is not None:
        channels.append(features)
    used = sum(part.shape[1] for part in channels)
    total = (1 << used.bit_length()) - 1
    channels.append(means.new_zeros((len(means), total - used)))
    behind = means.new_zeros((1, total))
    behind[0, :_NUM_COLORS] = means.new_tensor(background)
    return {
        "means": means,
        "quats": surfels.quats,
        "scales": torch.cat([surfels.scales, torch.ones_like(surfels.scales[:, :1])], dim=1),
        "opacities": surfels.opacities,
        "colors": torch.cat(channels, dim=1),
        "viewmats": cam_from_world[None],
        "Ks": means.new_tensor(camera.K)[None],
        "width": camera.width,
        "height": camera.height,
        "near_plane": near,
        "backgrounds": behind,
        "render_mode": "RGB+D",
    }


def _depth_moments(depth: Tensor, near: float, far: float) -> Tensor:
    """(N, 2) m and m^2 of the distortion, about their mean: the distortion does not see a shift,
    and small numbers lose fewer digits when their squares are subtracted."""
    m = far / (far - near) * (1 - near / depth)
    m = m - m.detach().mean() if len(m) else m
    return torch.stack([m, m * m], dim=1)


def images_of_gsplat(
    outputs: Sequence[Any], *, world_from_cam: NDArray[Any], num_features: int | None
) -> ImageTensors:
    """Our images from what ``gsplat.rasterization_2dgs`` returns for `gsplat_arguments`.

    The distortion is the sum of w times that of w m^2, less the square of that of w m: the sum
    over pairs, multiplied out.
    """
    channels, alpha, normals, _, _, median, _ = outputs
    values, alpha = channels[0], alpha[0, ..., 0]
    first = _NUM_COLORS + _NUM_MOMENTS
    m, squares = values[..., _NUM_COLORS], values[..., _NUM_COLORS + 1]
    return ImageTensors(
        color=values[..., :_NUM_COLORS],
        depth_sum=values[..., -1],
        alpha=alpha,
        normals=normals[0] @ normals.new_tensor(world_from_cam)[:3, :3],
        median=median[0, ..., 0],
        distortion=(alpha * squares - m * m).clamp(min=0),
        features=None if num_features is None else values[..., first : first + num_features],
    )
