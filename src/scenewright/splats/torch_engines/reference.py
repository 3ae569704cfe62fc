"""The reference rasterizer in plain torch: slow, since every pixel visits every surfel.

It is the oracle that the fast rasterizers are tested against.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from numpy.typing import NDArray
from torch import Tensor

from scenewright.core import Camera, ConventionError
from scenewright.splats.rasterizer.arrays import DrawSettings
from scenewright.splats.torch_engines.tensors import ImageTensors, SurfelTensors

_LEAST_ALPHA = 1 / 255
_LARGEST_ALPHA = 0.99
_MIN_TRANSMITTANCE = 1e-4
"""A ray ends before the surfel behind which the transmittance would be less."""
_BOX_WEIGHTS = (9.0, 9.0, -1.0)
"""Quadric of the disk of three standard deviations."""
_LEAST_CROSS = 1e-12
_PAIRS_AT_ONCE = 1 << 20
"""Pixels times surfels that are kept in memory at a time."""
_HARMONICS_2 = (1.0925484305920792, -1.0925484305920792, 0.31539156525252005, 0.5462742152960396)
_HARMONICS_3 = (
    -0.5900435899266435, 2.890611442640554, -0.4570457994644658, 0.3731763325901154,
    1.445305721320277,
)  # fmt: skip


class _Splats(NamedTuple):
    """Visible surfels projected to a camera, front to back."""

    ids: Tensor  # (M,) which surfel
    rows: Tensor  # (M, 3, 3) T of decomposition: (u, v, 1) to (x z, y z, z)
    center: Tensor  # (M, 2) of the low-pass filter, pixels
    opacities: Tensor
    values: Tensor  # (M, 6 + D) color, normal, features


@dataclass(frozen=True, eq=False)
class ReferenceTrace:
    """Images with all blending weights and the statistic of densification.

    Attributes:
        images: What the camera sees.
        weights: (H, W, N) blending weight of every surfel in every pixel.
        visible: (N,) bool, whether a surfel is in the image, as `SurfelGradients.visible`.
    """

    images: ImageTensors
    weights: Tensor
    visible: Tensor
    _ids: Tensor
    _rows: Tensor

    def screen(self) -> Tensor:
        """(N,) the statistic `SurfelGradients.screen`; call it after ``backward``."""
        height, width, count = self.weights.shape
        result = self._rows.new_zeros(count)
        if self._rows.grad is None:
            return result
        half = self._rows.new_tensor([width / 2, height / 2])
        slopes = self._rows.grad[:, :2, 2] * self._rows[:, 2, 2:].detach() * half
        result[self._ids] = slopes.norm(dim=1)
        return result


def rasterize_reference(
    surfels: SurfelTensors,
    camera: Camera,
    *,
    world_from_cam: NDArray[Any],
    settings: DrawSettings,
    features: Tensor | None = None,
) -> ImageTensors:
    """What a camera sees of surfels; `torch.autograd` can differentiate it.

    The arguments are those of `rasterizer.rasterize`. Decisions (which surfels contribute to a
    pixel, disk or low-pass filter, where a ray ends, which way a normal faces) are treated as
    constant.
    """
    return trace_reference(
        surfels,
        camera,
        world_from_cam=world_from_cam,
        settings=settings,
        features=features,
    ).images


def trace_reference(
    surfels: SurfelTensors,
    camera: Camera,
    *,
    world_from_cam: NDArray[Any],
    settings: DrawSettings,
    features: Tensor | None = None,
) -> ReferenceTrace:
    """`rasterize_reference` with all weights and the statistic of densification."""
    splats = _project(
        surfels, camera, world_from_cam=world_from_cam, settings=settings, features=features
    )
    rows = splats.rows.clone()  # only the ray-splat intersection uses this copy
    if rows.requires_grad:
        rows.retain_grad()
    height, width = camera.size
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    pixels = torch.stack([x, y], dim=-1).reshape(-1, 2).to(surfels.means)
    step = max(1, _PAIRS_AT_ONCE // max(1, len(rows)))
    parts = [
        _composite(splats, rows, pixels[start : start + step], settings)
        for start in range(0, len(pixels), step)
    ]
    sums, weights = (torch.cat(part) for part in zip(*parts, strict=True))
    sums = sums.reshape(height, width, -1)
    everywhere = weights.new_zeros((height, width, len(surfels.means)))
    everywhere[..., splats.ids] = weights.reshape(height, width, -1)
    alpha = sums[..., 0]
    behind = sums[..., 1:2] * sums.new_tensor(settings.background)
    images = ImageTensors(
        color=sums[..., 5:8] + behind,
        depth_sum=sums[..., 2],
        alpha=alpha,
        normals=sums[..., 8:11],
        median=sums[..., 3],
        distortion=sums[..., 4],
        features=None if features is None else sums[..., 11:],
    )
    visible = torch.zeros_like(surfels.opacities, dtype=torch.bool)
    visible[splats.ids] = _touches(splats, camera)
    return ReferenceTrace(images, everywhere.detach(), visible, splats.ids, rows)


def _project(
    surfels: SurfelTensors,
    camera: Camera,
    *,
    world_from_cam: NDArray[Any],
    settings: DrawSettings,
    features: Tensor | None,
) -> _Splats:
    """Transforms surfels to the screen, culls those that are not visible, and sorts by depth."""
    if camera.K[0, 1] != 0:
        got = f"{camera.K[0, 1]:g}"
        raise ConventionError("Camera.K", expected="no skew", got=got)
    pose = surfels.means.new_tensor(world_from_cam)
    rotation, origin = pose[:3, :3].T, pose[:3, 3]
    K = surfels.means.new_tensor(camera.K)
    K[:2, 2] -= 0.5  # pixel centers are at integers from here on
    axes = rotation @ rotation_matrices(surfels.quats)
    centers = (surfels.means - origin) @ rotation.T
    disk = torch.stack(
        [axes[..., 0] * surfels.scales[:, :1], axes[..., 1] * surfels.scales[:, 1:], centers], -1
    )
    rows = K @ disk
    facing = (centers * axes[..., 2]).sum(-1).detach()
    normals = axes[..., 2] * torch.where(facing < 0, 1.0, -1.0).to(facing)[:, None]
    depth = centers[:, 2].detach()
    last = rows[:, 2].detach()
    reach = 2 * math.log(255) * (last[:, 0] ** 2 + last[:, 1] ** 2) - last[:, 2] ** 2
    order = torch.argsort(depth, stable=True)
    ids = order[((depth > settings.near) & (reach < 0) & (facing != 0))[order]]
    colors = shade(surfels.means - origin, surfels.sh, sh_degree=settings.sh_degree)
    values = [colors, normals] if features is None else [colors, normals, features]
    rows = rows[ids]
    return _Splats(ids, rows, _box_centers(rows), surfels.opacities[ids], torch.cat(values, 1)[ids])


def _box_centers(rows: Tensor) -> Tensor:
    """(M, 2) center of the bounding box of the disk of three standard deviations, pixels."""
    weighted = rows[:, 2] * rows.new_tensor(_BOX_WEIGHTS)
    return (rows[:, :2] * weighted[:, None]).sum(-1) / (weighted * rows[:, 2]).sum(-1, True)


def _touches(splats: _Splats, camera: Camera) -> Tensor:
    """(M,) bool, whether the bounding box of the visible part of a surfel contains a pixel."""
    rows, opacities = splats.rows.detach(), splats.opacities.detach().clamp(max=1)
    cutoff = (2 * torch.log(opacities / _LEAST_ALPHA)).clamp(min=0)[:, None]
    quadric = torch.cat([cutoff, cutoff, -torch.ones_like(cutoff)], dim=1)[:, None]
    last = rows[:, 2:]
    total = (quadric * last.square()).sum(-1)
    center = (quadric * rows[:, :2] * last).sum(-1) / total
    squares = (quadric * rows[:, :2].square()).sum(-1) / total
    half = (center.square() - squares).clamp(min=0).sqrt()
    radius = (cutoff / 2).sqrt()  # of the low-pass filter
    low = torch.minimum(center - half, splats.center.detach() - radius).ceil().clamp(min=0)
    high = torch.maximum(center + half, splats.center.detach() + radius).floor() + 1
    size = rows.new_tensor([camera.width, camera.height])
    fits: Tensor = (low < torch.minimum(high, size)).all(dim=1)
    return fits & (opacities > _LEAST_ALPHA)


def _composite(
    splats: _Splats, rows: Tensor, pixels: Tensor, settings: DrawSettings
) -> tuple[Tensor, Tensor]:
    """(P, 11 + D) sums of P pixels, and (P, M) weights.

    The sums are alpha, transmittance, depth, median, distortion, and the values.
    """
    near, far = settings.near, settings.far
    gauss, z = _intersect(splats, rows, pixels)
    alpha = (splats.opacities * gauss).clamp(max=_LARGEST_ALPHA)
    taken = (alpha.detach() >= _LEAST_ALPHA) & (z.detach() >= near)
    alpha = torch.where(taken, alpha, torch.zeros_like(alpha))
    after = torch.cumprod(1 - alpha.detach(), dim=1)
    # Transmittance only decreases, so the surfels behind the end of a ray are dropped too.
    taken = taken & (after >= _MIN_TRANSMITTANCE)
    alpha = torch.where(taken, alpha, torch.zeros_like(alpha))
    z = torch.where(taken, z, torch.full_like(z, near))
    transmittance = torch.cumprod(
        torch.cat([alpha.new_ones((len(alpha), 1)), 1 - alpha], dim=1), dim=1
    )
    weights = alpha * transmittance[:, :-1]
    m = far / (far - near) * (1 - near / z)
    distortion = weights * (
        m * m * _before(weights) + _before(weights * m * m) - 2 * m * _before(weights * m)
    )
    none = z.new_zeros((len(z), 1))
    positions = torch.arange(1, alpha.shape[1] + 1, device=alpha.device) * (
        taken & (transmittance[:, :-1].detach() > 0.5)
    )
    last = torch.cat([none.long(), positions], dim=1).max(dim=1, keepdim=True).values
    median = torch.cat([none, z], dim=1).gather(1, last)
    parts = [
        weights.sum(1, True),
        transmittance[:, -1:],
        (weights * z).sum(1, True),
        median,
        distortion.sum(1, True),
        weights @ splats.values,
    ]
    return torch.cat(parts, dim=1), weights


def _intersect(splats: _Splats, rows: Tensor, pixels: Tensor) -> tuple[Tensor, Tensor]:
    """(P, M) value of the Gaussian and depth where the rays of pixels intersect the surfels."""
    x, y = pixels[:, None, :1], pixels[:, None, 1:]
    k = x * rows[:, 2] - rows[:, 0]
    l = y * rows[:, 2] - rows[:, 1]  # noqa: E741 - the letter of the paper
    cross = torch.linalg.cross(k, l)
    third = cross[..., 2]
    least = torch.where(third < 0, -_LEAST_CROSS, _LEAST_CROSS).to(third)
    third = torch.where(third.abs() < _LEAST_CROSS, least, third)
    flat = 2 * (splats.center - pixels[:, None]).square().sum(-1)
    with torch.no_grad():
        is_ray = (cross[..., :2] / third[..., None]).square().sum(-1) <= flat
    safe = torch.where(is_ray, third, torch.ones_like(third))
    u = torch.where(is_ray, cross[..., 0], torch.zeros_like(third)) / safe
    v = torch.where(is_ray, cross[..., 1], torch.zeros_like(third)) / safe
    gauss = torch.exp(-torch.where(is_ray, u * u + v * v, flat) / 2)
    depth = rows[:, 2, 0] * u + rows[:, 2, 1] * v + rows[:, 2, 2]
    return gauss, torch.where(is_ray, depth, splats.rows[:, 2, 2].expand_as(depth))


def _before(values: Tensor) -> Tensor:
    """(P, M) sums over the surfels in front, along the ray."""
    return torch.cumsum(values, dim=1) - values


def rotation_matrices(quats: Tensor) -> Tensor:
    """(N, 3, 3) rotations of quaternions (w, x, y, z) of any length."""
    w, x, y, z = (quats / quats.norm(dim=1, keepdim=True)).unbind(1)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return torch.stack([torch.stack(row, dim=1) for row in rows], dim=1)


def harmonics(directions: Tensor, *, degree: int) -> Tensor:
    """(N, (degree + 1)^2) real spherical harmonics of unit directions, as 3DGS files order them."""
    x, y, z = directions.unbind(1)
    terms = [torch.full_like(x, 0.28209479177387814)]
    if degree > 0:
        terms += [c * 0.4886025119029199 for c in (-y, z, -x)]
    if degree > 1:
        a, b, c, d = _HARMONICS_2
        terms += [a * x * y, b * y * z, c * (2 * z * z - x * x - y * y)]
        terms += [b * x * z, d * (x * x - y * y)]
    if degree > 2:
        a, b, c, d, e = _HARMONICS_3
        terms += [a * y * (3 * x * x - y * y), b * x * y * z, c * y * (4 * z * z - x * x - y * y)]
        terms += [d * z * (2 * z * z - 3 * x * x - 3 * y * y)]
        terms += [c * x * (4 * z * z - x * x - y * y), e * z * (x * x - y * y)]
        terms += [a * x * (x * x - 3 * y * y)]
    return torch.stack(terms, dim=1)


def shade(rays: Tensor, sh: Tensor, *, sh_degree: int | None = None) -> Tensor:
    """(N, 3) colors of surfels seen along `rays`, not below 0.

    Args:
        rays: (N, 3) from the camera to the surfels, world frame, any length.
        sh: (N, K, 3) coefficients.
        sh_degree: Highest degree to use; None uses all.
    """
    degree = math.isqrt(sh.shape[1]) - 1
    degree = degree if sh_degree is None else min(degree, sh_degree)
    terms = harmonics(rays / rays.norm(dim=1, keepdim=True), degree=degree)
    return (0.5 + torch.einsum("nk,nkc->nc", terms, sh[:, : terms.shape[1]])).clamp(min=0)
