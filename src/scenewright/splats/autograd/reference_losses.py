"""The losses of `fitting.losses` in plain torch: their oracle, and theirs alone."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from scenewright.core import Camera
from scenewright.splats.autograd.tensors import ImageTensors


def _window(like: Tensor) -> Tensor:
    """(3, 1, 11, 11) the window of SSIM, once per channel."""
    line = torch.exp(-((torch.arange(-5, 6, dtype=torch.float64) / 1.5) ** 2) / 2)
    square = torch.outer(line, line)
    return (square / square.sum()).to(like).expand(3, 1, 11, 11)


def _blur(picture: Tensor) -> Tensor:
    return functional.conv2d(picture, _window(picture), padding=5, groups=3)


def similarity_map(image: Tensor, target: Tensor) -> Tensor:
    """(H, W, 3) SSIM around every pixel of two (H, W, 3) pictures."""
    x, y = image.permute(2, 0, 1)[None], target.permute(2, 0, 1)[None]
    mean_x, mean_y = _blur(x), _blur(y)
    spread = _blur(x * x) - mean_x**2 + _blur(y * y) - mean_y**2
    shared = _blur(x * y) - mean_x * mean_y
    c1, c2 = 0.01**2, 0.03**2
    top = (2 * mean_x * mean_y + c1) * (2 * shared + c2)
    return (top / ((mean_x**2 + mean_y**2 + c1) * (spread + c2)))[0].permute(1, 2, 0)


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


def depth_reference(images: ImageTensors, depth: Tensor, *, tolerance: float = 0.05) -> Tensor:
    """`losses.depth_loss`."""
    is_known = (depth > 0) & (images.alpha.detach() >= 0.5)
    error = (images.depth_sum[is_known] / images.alpha[is_known] - depth[is_known]).abs()
    return (tolerance * torch.log1p(error / depth[is_known] / tolerance)).mean()


def normal_prior_reference(images: ImageTensors, normals: Tensor) -> Tensor:
    """`losses.normal_prior_loss`."""
    is_known = (normals != 0).any(dim=-1)
    toward = normals * images.alpha.detach()[..., None]
    return (1 - (images.normals * toward).sum(-1))[is_known].mean()
