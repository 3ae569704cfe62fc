"""The losses of `fitting.losses` in plain torch: their oracle, and the losses of `TorchEngine`."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from scenewright.core import Camera
from scenewright.splats.fitting.losses import DEPTH_TOLERANCE, LEAST_ALPHA, LossWeights
from scenewright.splats.torch_engines.tensors import ImageTensors, TargetTensors


def _window(like: Tensor) -> Tensor:
    """(3, 1, 11, 11) window of SSIM, once per channel."""
    line = torch.exp(-((torch.arange(-5, 6, dtype=torch.float64) / 1.5) ** 2) / 2)
    square = torch.outer(line, line)
    return (square / square.sum()).to(like).expand(3, 1, 11, 11)


def _blur(picture: Tensor) -> Tensor:
    """The images blurred by the window of SSIM."""
    return functional.conv2d(picture, _window(picture), padding=5, groups=3)


def similarity_map(image: Tensor, target: Tensor) -> Tensor:
    """(H, W, 3) SSIM around every pixel of two (H, W, 3) images."""
    # On CUDA, channels that are laid out last would be blurred with ten bits of mantissa (TF32),
    # too few for the differences below.
    x, y = (picture.permute(2, 0, 1)[None].contiguous() for picture in (image, target))
    blurred = _blur(torch.cat([x, y, x * x, y * y, x * y]))
    mean_x, mean_y, square_x, square_y, product = blurred[:, None]
    spread = square_x - mean_x**2 + square_y - mean_y**2
    shared = product - mean_x * mean_y
    c1, c2 = 0.01**2, 0.03**2
    top = (2 * mean_x * mean_y + c1) * (2 * shared + c2)
    result: Tensor = top / ((mean_x**2 + mean_y**2 + c1) * (spread + c2))
    return result[0].permute(1, 2, 0)


def photometric_reference(
    image: Tensor, target: Tensor, *, ssim_weight: float = 0.2, weights: Tensor | None = None
) -> Tensor:
    """`losses.photometric_loss`."""
    share = image.new_ones(image.shape[:2]) if weights is None else weights
    blended = target + share[..., None] * (image - target)
    total = (1 - ssim_weight) * (blended - target).abs()
    total = total + ssim_weight * (1 - similarity_map(blended, target))
    return total.sum() / (3 * share.sum())


def surface_normals_reference(depth: Tensor, camera: Camera) -> Tensor:
    """`losses.surface_normals`."""
    height, width = depth.shape
    lines = (torch.arange(size).to(depth) for size in (height, width))
    y, x = torch.meshgrid(*lines, indexing="ij")
    rays = [(x + 0.5 - camera.cx) / camera.fx, (y + 0.5 - camera.cy) / camera.fy, 1 + 0 * x]
    points = depth[..., None] * torch.stack(rays, dim=-1)
    down = points[2:, 1:-1] - points[:-2, 1:-1]
    right = points[1:-1, 2:] - points[1:-1, :-2]
    has = depth > 0
    known = has[2:, 1:-1] & has[:-2, 1:-1] & has[1:-1, 2:] & has[1:-1, :-2]
    cross = torch.linalg.cross(down, right)
    # The squares of components would vanish in float32 where the unit of length is large.
    size = cross.detach().abs().amax(dim=-1)
    known = known & (size > 0)
    cross = cross / torch.where(known, size, torch.ones_like(size))[..., None]
    cross = torch.where(known[..., None], cross, torch.ones_like(cross))
    normals = cross / cross.norm(dim=-1, keepdim=True) * known[..., None]
    return functional.pad(normals, (0, 0, 1, 1, 1, 1))


def normal_consistency_reference(
    images: ImageTensors, camera: Camera, *, depth_ratio: float
) -> Tensor:
    """`losses.normal_consistency_loss`."""
    is_seen = images.alpha > 0
    safe = torch.where(is_seen, images.alpha, torch.ones_like(images.alpha))
    mixed = (1 - depth_ratio) * images.depth_sum / safe + depth_ratio * images.median
    depth = torch.where(is_seen, mixed, torch.zeros_like(mixed))
    surface = surface_normals_reference(depth, camera) * images.alpha.detach()[..., None]
    return (1 - (images.normals * surface).sum(-1)).mean()


def depth_reference(
    images: ImageTensors, depth: Tensor, *, tolerance: float = DEPTH_TOLERANCE
) -> Tensor:
    """`losses.depth_loss`."""
    is_known = (depth > 0) & (images.alpha.detach() >= LEAST_ALPHA)
    alpha, readings = (
        torch.where(is_known, values, torch.ones_like(values)) for values in (images.alpha, depth)
    )
    error = (images.depth_sum / alpha - readings).abs() / readings
    return _mean_where(is_known, tolerance * torch.log1p(error / tolerance))


def normal_prior_reference(images: ImageTensors, normals: Tensor) -> Tensor:
    """`losses.normal_prior_loss`."""
    is_known = (normals != 0).any(dim=-1)
    toward = normals * images.alpha.detach()[..., None]
    return _mean_where(is_known, 1 - (images.normals * toward).sum(-1))


def _mean_where(chosen: Tensor, values: Tensor) -> Tensor:
    """Mean of the chosen values, 0 if there are none, without synchronizing the device."""
    total = torch.where(chosen, values, torch.zeros_like(values)).sum()
    return total / chosen.sum().clamp(min=1)


def total_reference(
    images: ImageTensors, target: TargetTensors, camera: Camera, *, weights: LossWeights
) -> dict[str, Tensor]:
    """The terms of `losses.total_loss`, each times its weight, by name as in `LossValues`."""
    color = target.color.to(images.color)
    terms = {"photometric": photometric_reference(images.color, color, ssim_weight=weights.ssim)}
    if weights.distortion > 0:
        terms["distortion"] = weights.distortion * images.distortion.mean()
    if weights.normals > 0:
        terms["normals"] = weights.normals * normal_consistency_reference(
            images, camera, depth_ratio=weights.depth_ratio
        )
    if weights.depth > 0 and target.depth is not None:
        terms["depth"] = weights.depth * depth_reference(images, target.depth)
    if weights.prior > 0 and target.normals is not None:
        terms["prior"] = weights.prior * normal_prior_reference(images, target.normals)
    return terms
