"""Plain bricks on a floor, and composed worlds by kind, for tests of composing."""

from __future__ import annotations

from scenewright.worlds.composing._body import Body, upright
from scenewright.worlds.composing._rigid_scene import RigidScene
from scenewright.worlds.composing._room_shell import block
from scenewright.worlds.composing.random_worlds import Layout, RandomConfig, make_random_world
from scenewright.worlds.composing.rooms import make_room_world
from scenewright.worlds.composing.world import World
from scenewright.worlds.objects.model import Material, ObjectModel, Part


def brick(x: float, y: float, z: float) -> ObjectModel:
    """A box of these extents that stands on z = 0."""
    mesh = block((-x / 2, -y / 2, 0.0), (x / 2, y / 2, z))
    return ObjectModel("brick", (Part("brick", mesh, Material((0.5, 0.5, 0.5))),))


def floor_scene() -> RigidScene:
    """A scene with a floor of 4 x 4 m, instance 1."""
    scene = RigidScene()
    scene.add(Body(brick(4, 4, 0.1), upright(0, 0, -0.1, 0), is_stuff=True))
    return scene


def overlap(a: Body, b: Body) -> float:
    """Volume that two bodies share, cubic meters."""
    return float((a.manifold ^ b.manifold).volume())


def make(kind: str, seed: int) -> World:
    """A world: "rooms", "floor" or "tabletop"."""
    if kind == "rooms":
        return make_room_world(seed)
    layout: Layout = "tabletop" if kind == "tabletop" else "floor"
    return make_random_world(seed, RandomConfig(layout=layout))


def things(world: World) -> list[int]:
    """Instance ids of the objects, without stuff."""
    return [placed.instance_id for placed in world.objects if not placed.is_stuff]
