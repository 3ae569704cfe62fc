"""Harder light and surfaces."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenewright.core import ConventionError
from scenewright.worlds.composing.world import AreaLight, Sun
from scenewright.worlds.rendering import Lighting, Renderer, random_lighting
from tests.worlds.rendering_builders import CAMERA, FRONT, small_world


def render(lighting: Lighting, **options: float) -> np.ndarray:
    world = lighting.applied_to(small_world())
    return Renderer(world, reflection=lighting.reflection).render(CAMERA, FRONT).image


def test_the_default_changes_nothing() -> None:
    plain = Renderer(small_world()).render(CAMERA, FRONT).image
    np.testing.assert_array_equal(render(Lighting()), plain)


def test_geometry_and_ids_stay() -> None:
    lighting = Lighting(sun=3, lamp=2, gloss=3, reflection=1, white=True)
    before, after = small_world(), lighting.applied_to(small_world())
    assert [one.instance_id for one in after.objects] == [one.instance_id for one in before.objects]
    first = Renderer(before).render(CAMERA, FRONT)
    second = Renderer(after, reflection=1).render(CAMERA, FRONT)
    np.testing.assert_array_equal(first.depth, second.depth)
    np.testing.assert_array_equal(first.id_map, second.id_map)


def test_the_sun_replaces_the_sun_and_casts_hard_shadows() -> None:
    lighting = Lighting(sun=4, sun_direction=(1, -1, 1), power=0.5)
    lights = lighting.applied_to(small_world(sun=True)).lights
    assert len(lights) == 1 and isinstance(lights[0], Sun)
    assert list(lights[0].direction) == [1, -1, 1]
    assert lights[0].spread < 0.01
    kept = lighting.applied_to(small_world()).lights
    assert isinstance(kept[0], AreaLight) and kept[0].color == (1.5, 1.5, 1.5)
    floor = Renderer(small_world()).render(CAMERA, FRONT).id_map == 1
    lit = render(replace(lighting, power=0, ambient=0.3))[floor].mean(axis=1)
    assert (lit > 200).mean() > 0.5 and (lit < 120).mean() > 0.02


def test_a_bare_lamp_is_a_small_light_below_the_ceiling() -> None:
    lights = Lighting(lamp=2, lamp_side=(1, -1)).applied_to(small_world()).lights
    lamp = lights[-1]
    assert isinstance(lamp, AreaLight) and lamp.size == (0.02, 0.02)
    assert lamp.center == pytest.approx((1.6, -1.6, 2.16)) and lamp.color[0] == 2


def test_white_worlds_have_no_color() -> None:
    image = render(Lighting(white=True))
    materials = [
        part.material
        for placed in Lighting(white=True).applied_to(small_world()).objects
        for part in placed.model.parts
    ]
    assert all(one.pattern == "plain" and min(one.color) > 0.78 for one in materials)
    spread = image.max(axis=2).astype(int) - image.min(axis=2)
    assert spread.max() < 12


def test_glossy_surfaces_mirror_more_at_grazing_angles() -> None:
    matte, shiny = render(Lighting(gloss=4)), render(Lighting(gloss=4, reflection=1))
    gain = shiny.astype(int) - matte
    assert gain.min() >= 0
    floor = Renderer(small_world()).render(CAMERA, FRONT).id_map == 1
    rows = np.nonzero(floor)[0]
    gains = gain[floor].mean(axis=1)
    assert gains[rows < rows.min() + 10].mean() > gains[rows > rows.max() - 10].mean() > 0
    assert (render(Lighting(gloss=0, reflection=1)) == render(Lighting(gloss=0))).all()


def test_random_lighting_varies_and_repeats() -> None:
    world = small_world(sun=True)
    found = [random_lighting(world, rng=np.random.default_rng(seed)) for seed in range(40)]
    assert found[5] == random_lighting(world, rng=np.random.default_rng(5))
    suns = [one for one in found if one.sun > 0]
    assert 8 < len(suns) < 24 and all(one.sun_direction == (0, 0, 1) for one in suns)
    assert any(one.lamp > 0 for one in found) and any(one.white for one in found)
    assert 0.3 < np.mean([one.reflection > 0 for one in found]) < 0.7


def test_closed_rooms_get_no_sun() -> None:
    room = replace(small_world(), kind="rooms/office")
    found = [random_lighting(room, rng=np.random.default_rng(seed)) for seed in range(30)]
    assert not any(one.sun for one in found)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sun": -1.0}, "Lighting.sun: expected 0 or more, got -1"),
        ({"reflection": 1.5}, "Lighting.reflection: expected 0 to 1, got 1.5"),
    ],
)
def test_invalid_lighting_is_refused(changes: dict[str, float], message: str) -> None:
    with pytest.raises(ConventionError) as caught:
        Lighting(**changes)  # type: ignore[arg-type]
    assert str(caught.value) == message
