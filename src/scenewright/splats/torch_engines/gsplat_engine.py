"""The rasterizer of gsplat on CUDA, with the interface of the rasterizers of this package.

It is written against gsplat 1.5.3. On one NVIDIA H100, colors, alpha and normals were those of the
oracle, depths those of the centers, and a fit learned; elsewhere the tests check how arguments go
in and how images come out. gsplat differs from the rasterizer of the CPU in this:

- depth, median and distortion use the depth of a surfel's center, not of the intersection;
- alpha is clipped at 0.999, not 0.99; intersections are not tested against the near plane;
- the low-pass filter is centered on the bounding box of one standard deviation, not of three, and
  a surfel ends with its bounding box of 3.33 standard deviations;
- a disk that reaches the plane of the camera is drawn.
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
from scenewright.splats.rasterizer.arrays import DrawSettings
from scenewright.splats.torch_engines.reference import shade
from scenewright.splats.torch_engines.tensors import ImageTensors, SurfelTensors

_NUM_COLORS = 3
_NUM_MOMENTS = 2


@dataclass(frozen=True, eq=False)
class GsplatDrawing:
    """Drawn images on the GPU that `torch.autograd` can differentiate.

    Attributes:
        images: Images with shapes and frames as in `Images`.
        visible: (N,) bool, whether a surfel is in the image.
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
        MissingExtraError: gsplat is not installed, or torch finds no GPU.
    """

    def __init__(self, device: str = "cuda") -> None:
        self._gsplat = require("gsplat", extra="splats")
        self.device = torch.device(device)
        if self.device.type != "cuda" or not torch.cuda.is_available():
            raise MissingExtraError(
                "The engine 'gsplat' needs CUDA",
                expected="an NVIDIA GPU and a build of torch for it",
                got=f"device '{device}', torch {torch.__version__}",
                do="Use the engine 'numba', which runs on the CPU.",
            )

    def draw(
        self,
        surfels: SurfelTensors,
        camera: Camera,
        *,
        world_from_cam: NDArray[Any],
        settings: DrawSettings,
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
            settings=settings,
            features=features,
        )
        # gsplat appends depths of shape (1, N, 1), and accepts only colors per camera for that.
        arguments["colors"] = arguments["colors"][None]
        with torch.cuda.device(self.device):  # gsplat allocates on the current device
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
    settings: DrawSettings,
    features: Tensor | None = None,
) -> dict[str, Any]:
    """The arguments of ``gsplat.rasterization_2dgs`` for one image, with (N, C) colors.

    Both have pixel centers at half integers, so the intrinsics are passed unchanged. Channels are
    color, m and m^2 of the distortion, features, and zeros up to a number that gsplat has a kernel
    for; gsplat appends depth as the last channel.

    Raises:
        ConventionError: The camera has skew.
    """
    if camera.K[0, 1] != 0:
        got = f"{camera.K[0, 1]:g}"
        raise ConventionError("Camera.K", expected="no skew", got=got)
    means = surfels.means
    cam_from_world = means.new_tensor(invert_rigid(world_from_cam))
    origin = means.new_tensor(world_from_cam)[:3, 3]
    depth = (means @ cam_from_world[2, :3] + cam_from_world[2, 3]).clamp(min=settings.near)
    colors = shade(means - origin, surfels.sh, sh_degree=settings.sh_degree)
    channels = [colors, _depth_moments(depth, settings.near, settings.far)]
    if features is not None:
        channels.append(features)
    used = sum(part.shape[1] for part in channels)
    total = (1 << used.bit_length()) - 1
    channels.append(means.new_zeros((len(means), total - used)))
    behind = means.new_zeros((1, total))
    behind[0, :_NUM_COLORS] = means.new_tensor(settings.background)
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
        "near_plane": settings.near,
        "backgrounds": behind,
        "render_mode": "RGB+D",
    }


def _depth_moments(depth: Tensor, near: float, far: float) -> Tensor:
    """(N, 2) m and m^2 of the distortion, with the mean of m subtracted.

    The distortion does not change by a shift, and smaller numbers lose fewer digits in differences
    of squares.
    """
    m = far / (far - near) * (1 - near / depth)
    m = m - m.detach().mean() if len(m) else m
    return torch.stack([m, m * m], dim=1)


def images_of_gsplat(
    outputs: Sequence[Any], *, world_from_cam: NDArray[Any], num_features: int | None
) -> ImageTensors:
    """Images from the outputs of ``gsplat.rasterization_2dgs`` for `gsplat_arguments`.

    The distortion is the sum of w times the sum of w m^2, minus the square of the sum of w m: the
    sum over pairs, expanded.
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
