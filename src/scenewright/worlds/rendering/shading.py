"""Numba kernels for surface colors: textures, lighting, highlights, visibility averaging."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from scenewright.geometry.indices import clamped_index

_f: Any = np.float32


@numba.njit(cache=True, nogil=True)
def _hash(x: int, y: int, z: int) -> Any:
    """Pseudo-random number in [0, 1) of an integer cell."""
    n = np.uint32(x * 73856093) ^ np.uint32(y * 19349663) ^ np.uint32(z * 83492791)
    n = np.uint32((n ^ (n >> np.uint32(13))) * np.uint32(1274126177))
    n = np.uint32((n ^ (n >> np.uint32(16))) * np.uint32(668265263))
    return _f(n >> np.uint32(8)) * _f(1.0 / 16777216.0)


@numba.njit(cache=True, nogil=True)
def _noise(x: Any, y: Any, z: Any) -> Any:
    """Smooth value noise in [0, 1)."""
    ix, iy, iz = int(np.floor(x)), int(np.floor(y)), int(np.floor(z))
    fx, fy, fz = _f(x - ix), _f(y - iy), _f(z - iz)
    fx = fx * fx * (_f(3) - _f(2) * fx)
    fy = fy * fy * (_f(3) - _f(2) * fy)
    fz = fz * fz * (_f(3) - _f(2) * fz)
    total = _f(0)
    for dx in range(2):
        wx = fx if dx else _f(1) - fx
        for dy in range(2):
            wy = fy if dy else _f(1) - fy
            for dz in range(2):
                wz = fz if dz else _f(1) - fz
                total += wx * wy * wz * _hash(ix + dx, iy + dy, iz + dz)
    return total


@numba.njit(cache=True, nogil=True)
def _share(pattern: int, px: Any, py: Any, pz: Any, a: Any, b: Any) -> Any:
    """Weight of the second color; (px, py, pz) in periods, (a, b) in the plane of the face."""
    if pattern == 1:  # checker
        return _f((int(np.floor(a * 2)) + int(np.floor(b * 2))) & 1)
    if pattern == 2:  # stripes
        return _f(int(np.floor(a * 2)) & 1)
    if pattern == 3:  # wood: stretched rings
        ring = _noise(px * _f(0.35), py * _f(3), pz * _f(3)) * _f(6)
        grain = _noise(px * _f(2), py * _f(24), pz * _f(24))
        return _f(0.7) * (ring - np.floor(ring)) * _f(0.6) + _f(0.35) * grain
    if pattern == 4:  # noise
        coarse = _noise(px, py, pz)
        return _f(0.65) * coarse + _f(0.35) * _noise(px * _f(4), py * _f(4), pz * _f(4))
    if pattern == 5:  # bricks: planks or tiles with joints, every second row shifted
        row = np.floor(b * 2)
        shifted = a + (_f(0.5) if int(row) & 1 else _f(0))
        fa, fb = shifted - np.floor(shifted), b * 2 - row
        if fa < 0.03 or fb < 0.06:
            return _f(1)
        return _f(0.35) * _hash(int(np.floor(shifted)), int(row), 7)
    if pattern == 6:  # weave
        u, v = a * 4 - np.floor(a * 4), b * 4 - np.floor(b * 4)
        over = (int(np.floor(a * 4)) + int(np.floor(b * 4))) & 1
        bulge = abs(u - _f(0.5)) if over else abs(v - _f(0.5))
        return _f(0.2) + _f(1.2) * bulge
    if pattern == 7:  # speckle
        return _f(1) if _noise(px * 8, py * 8, pz * 8) > 0.68 else _f(0)
    if pattern == 8:
        return _print(a, b)
    return _f(0)


@numba.njit(cache=True, nogil=True)
def _print(a: Any, b: Any) -> Any:
    """Weight of the second color of a printed page: blocks of text, blocks of color, and blanks."""
    row = int(np.floor(b))
    moved = a * _f(0.7) + _f(3) * _hash(row, 5, 1)
    column = int(np.floor(moved))
    u, v = moved - column, b - row
    if u < 0.08 or u > 0.92 or v < 0.08 or v > 0.92:
        return _f(0)
    kind = _hash(column, row, 3)
    if kind < 0.4:  # lines of words
        line = int(np.floor(v * 9))
        if v * 9 - line > 0.55:
            return _f(0)
        return _f(0.9) if _hash(int(np.floor(u * 14)), line, column * 31 + row) > 0.25 else _f(0)
    if kind < 0.75:  # a picture
        return _f(0.25) + _f(0.75) * _noise(moved * 5, b * 5, _f(row))
    return _f(0)


@numba.njit(cache=True, nogil=True, inline="always")
def _turned(row: Any, vector: Any) -> Any:
    """One coordinate of a vector rotated by a matrix with this row."""
    return row[0] * vector[0] + row[1] * vector[1] + row[2] * vector[2]


@numba.njit(cache=True, nogil=True)
def surface_colors(
    prim: Any, hit: Any, bary: Any, corners_uv: Any, normals: Any, owner: Any, material: Any,
    object_from_world: Any, colors: Any, pattern: Any, values: Any, image_of: Any, texels: Any,
    albedo: Any,
) -> None:  # fmt: skip
    """Albedo of every hit, linear RGB.

    Args:
        prim: (N,) int32 triangle, -1 = no hit.
        hit: (N, 3) float32 points, world frame.
        bary: (N, 2) float32 barycentric weights of the second and third corner.
        corners_uv: (T, 3, 2) float32.
        normals: (T, 3) float32, world frame.
        owner: (T,) int32 object row.
        material: (T,) int32 material row.
        object_from_world: (O, 3, 4) float32.
        colors: (M, 2, 3) float32.
        pattern: (M,) int32.
        values: (M, 2) float32.
        image_of: (M, 3) int32.
        texels: (K, 3) float32.
        albedo: (N, 3) float32, output.
    """
    for i in range(len(prim)):
        t = prim[i]
        if t < 0:
            albedo[i, 0] = albedo[i, 1] = albedo[i, 2] = _f(0)
            continue
        m = material[t]
        if pattern[m] < 0:
            _look_up(i, t, m, bary, corners_uv, image_of, texels, albedo)
            continue
        share = _f(0)
        if pattern[m] > 0:
            inverse = object_from_world[owner[t]]
            period = _f(1) / values[m, 0]
            x, y, z = hit[i]
            px = (
                inverse[0, 0] * x + inverse[0, 1] * y + inverse[0, 2] * z + inverse[0, 3]
            ) * period
            py = (
                inverse[1, 0] * x + inverse[1, 1] * y + inverse[1, 2] * z + inverse[1, 3]
            ) * period
            pz = (
                inverse[2, 0] * x + inverse[2, 1] * y + inverse[2, 2] * z + inverse[2, 3]
            ) * period
            nx, ny, nz = normals[t]
            ax = abs(inverse[0, 0] * nx + inverse[0, 1] * ny + inverse[0, 2] * nz)
            ay = abs(inverse[1, 0] * nx + inverse[1, 1] * ny + inverse[1, 2] * nz)
            az = abs(inverse[2, 0] * nx + inverse[2, 1] * ny + inverse[2, 2] * nz)
            if az >= ax and az >= ay:
                a, b = px, py
            elif ay >= ax:
                a, b = px, pz
            else:
                a, b = py, pz
            share = min(max(_share(pattern[m], px, py, pz, a, b), _f(0)), _f(1))
        for c in range(3):
            albedo[i, c] = colors[m, 0, c] * (_f(1) - share) + colors[m, 1, c] * share


@numba.njit(cache=True, nogil=True)
def _look_up(
    i: int, t: int, m: int, bary: Any, corners_uv: Any, image_of: Any, texels: Any, albedo: Any
) -> None:
    b1, b2 = bary[i, 0], bary[i, 1]
    b0 = _f(1) - b1 - b2
    u = b0 * corners_uv[t, 0, 0] + b1 * corners_uv[t, 1, 0] + b2 * corners_uv[t, 2, 0]
    v = b0 * corners_uv[t, 0, 1] + b1 * corners_uv[t, 1, 1] + b2 * corners_uv[t, 2, 1]
    first, width, height = image_of[m]
    column = clamped_index((u - np.floor(u)) * width, 0, width - 1)
    row = clamped_index((_f(1) - (v - np.floor(v))) * height, 0, height - 1)
    for c in range(3):
        albedo[i, c] = texels[first + row * width + column, c]


@numba.njit(cache=True, nogil=True)
def smooth_visibility(
    depth: Any, prim: Any, normals: Any, samples: Any, first_row: int, last_row: int, result: Any
) -> None:
    """Averages interleaved light samples over the 4 x 4 pixels around each on the same surface.

    Args:
        depth: (H, W) float32.
        prim: (H, W) int32 triangle, -1 = no hit.
        normals: (T, 3) float32.
        samples: (H, W, L) float32 visibility of each light; negative = not sampled here.
        first_row: First row of the band.
        last_row: Row after the band.
        result: (H, W, L) float32, output.
    """
    height, width, lights = samples.shape
    total, count = np.empty(lights, np.float32), np.empty(lights, np.int32)
    for row in range(first_row, last_row):
        for col in range(width):
            t = prim[row, col]
            if t < 0:
                result[row, col] = _f(1)
                continue
            limit = _f(0.02) * depth[row, col]
            total[:] = _f(0)
            count[:] = 0
            for r in range(max(row - 2, 0), min(row + 2, height)):
                for c in range(max(col - 2, 0), min(col + 2, width)):
                    if abs(depth[r, c] - depth[row, col]) > limit:
                        continue
                    q = prim[r, c]
                    if q != t and _dot(normals[q], normals[t]) < _f(0.8):
                        continue
                    for light in range(lights):
                        value = samples[r, c, light]
                        if value >= 0:
                            total[light] += value
                            count[light] += 1
            for light in range(lights):
                known = count[light] > 0
                result[row, col, light] = total[light] / count[light] if known else _f(1)


@numba.njit(cache=True, nogil=True, inline="always")
def _dot(a: Any, b: Any) -> Any:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@numba.njit(cache=True, nogil=True)
def light_pixels(
    prim: Any, hit: Any, eye: Any, normals: Any, material: Any, values: Any, albedo: Any,
    lights: Any, light_colors: Any, ambient: Any, visible: Any, background: Any, table: Any,
    reflection: Any, image: Any,
) -> None:  # fmt: skip
    """Lambertian shading, Blinn-Phong highlights, occluded ambient light, and sRGB encoding.

    With `reflection`, glossy surfaces also mirror an imaginary surrounding of bright and dark
    patches, more at grazing angles (Schlick's approximation of the Fresnel term, 1994).

    Args:
        prim: (N,) int32 triangle, -1 = no hit.
        hit: (N, 3) float32, world frame.
        eye: (3,) float32 camera position, world frame.
        normals: (T, 3) float32.
        material: (T,) int32.
        values: (M, 2) float32: scale, gloss.
        albedo: (N, 3) float32 linear.
        lights: (L, 4) float32: xyz and kind, 0 = direction to the light, 1 = position.
        light_colors: (L, 3) float32.
        ambient: (3,) float32.
        visible: (N, L + 1) float32 visibility of each light; last column ambient.
        background: (3,) float32 linear color where nothing was hit.
        table: Result of `srgb_bytes`.
        reflection: Strength of the mirrored surrounding, 0 = none.
        image: (N, 3) uint8, output.
    """
    num_lights = len(lights)
    for i in range(len(prim)):
        t = prim[i]
        if t < 0:
            for c in range(3):
                image[i, c] = _encode(background[c], table)
            continue
        gloss = values[material[t], 1]
        vx, vy, vz = eye[0] - hit[i, 0], eye[1] - hit[i, 1], eye[2] - hit[i, 2]
        length = _f(np.sqrt(vx * vx + vy * vy + vz * vz))
        vx, vy, vz = vx / length, vy / length, vz / length
        nx, ny, nz = normals[t]
        if nx * vx + ny * vy + nz * vz < 0:  # open meshes show their back faces too
            nx, ny, nz = -nx, -ny, -nz
        sky = (_f(0.75) + _f(0.25) * nz) * visible[i, num_lights]
        red, green, blue = (
            albedo[i, 0] * ambient[0] * sky,
            albedo[i, 1] * ambient[1] * sky,
            albedo[i, 2] * ambient[2] * sky,
        )
        if reflection > 0 and gloss > 0:
            mirrored = _f(reflection) * gloss * _mirrored(nx, ny, nz, vx, vy, vz)
            mirrored *= visible[i, num_lights]
            red += mirrored * ambient[0]
            green += mirrored * ambient[1]
            blue += mirrored * ambient[2]
        for k in range(num_lights):
            lx, ly, lz = lights[k, 0], lights[k, 1], lights[k, 2]
            falloff = _f(1)
            if lights[k, 3] > 0:
                lx, ly, lz = lx - hit[i, 0], ly - hit[i, 1], lz - hit[i, 2]
                distance = _f(np.sqrt(lx * lx + ly * ly + lz * lz)) + _f(1e-6)
                lx, ly, lz = lx / distance, ly / distance, lz / distance
                # Cosine at the light, which is horizontal and shines downward.
                falloff = max(lz, _f(0)) / (distance * distance)
            facing = nx * lx + ny * ly + nz * lz
            if facing <= 0:
                continue
            strength = falloff * visible[i, k]
            hx, hy, hz = lx + vx, ly + vy, lz + vz
            norm = _f(np.sqrt(hx * hx + hy * hy + hz * hz)) + _f(1e-6)
            shine = max((nx * hx + ny * hy + nz * hz) / norm, _f(0))
            for _ in range(5):  # to the power of 32
                shine *= shine
            shine *= gloss
            red += strength * light_colors[k, 0] * (albedo[i, 0] * facing + shine)
            green += strength * light_colors[k, 1] * (albedo[i, 1] * facing + shine)
            blue += strength * light_colors[k, 2] * (albedo[i, 2] * facing + shine)
        image[i, 0] = _encode(red, table)
        image[i, 1] = _encode(green, table)
        image[i, 2] = _encode(blue, table)


@numba.njit(cache=True, nogil=True)
def _mirrored(nx: Any, ny: Any, nz: Any, vx: Any, vy: Any, vz: Any) -> Any:
    """Light from an imaginary surrounding that a mirror with this normal shows to the viewer."""
    cosine = nx * vx + ny * vy + nz * vz
    rx, ry, rz = _f(2) * cosine * nx - vx, _f(2) * cosine * ny - vy, _f(2) * cosine * nz - vz
    grazing = _f(1) - min(max(cosine, _f(0)), _f(1))
    fresnel = _f(0.15) + _f(0.85) * grazing * grazing * grazing * grazing * grazing
    patch = _noise(_f(2.5) * rx + _f(20), _f(2.5) * ry + _f(20), _f(2.5) * rz + _f(20))
    bright = min(max((patch - _f(0.45)) * _f(6), _f(0)), _f(1))
    return fresnel * (_f(0.3) + _f(4) * bright)


@numba.njit(cache=True, nogil=True, inline="always")
def _encode(value: Any, table: Any) -> Any:
    """sRGB byte of a linear value, with a soft shoulder above 0.8 instead of a hard clip."""
    if value > _f(0.8):
        value = _f(0.8) + _f(0.2) * (_f(1) - np.exp(-(value - _f(0.8)) * _f(5)))
    last = len(table) - 1
    return table[clamped_index(value * _f(last) + _f(0.5), 0, last)]


def srgb_bytes() -> NDArray[np.uint8]:
    """(8193,) sRGB bytes of evenly spaced linear values from 0 to 1 (IEC 61966-2-1)."""
    linear = np.linspace(0, 1, 8193)
    coded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.round(255 * coded).astype(np.uint8)
