"""Relations of composed worlds."""

from __future__ import annotations

from scenewright.worlds.composing.world import World


class TestRelations:
    def test_name_what_carries(self, rooms: list[World], heaps: list[World]) -> None:
        for world in (*rooms, *heaps):
            carried = {
                (relation.subject, relation.object)
                for relation in world.relations
                if relation.predicate in ("on", "in")
            }
            expected = {
                (placed.instance_id, placed.supported_by)
                for placed in world.objects
                if placed.supported_by is not None
            }
            assert carried == expected

    def test_say_in_for_shelf_boards(self, rooms: list[World]) -> None:
        found = set()
        for world in rooms:
            for relation in world.relations:
                if world.labels[relation.object] == "table":
                    assert relation.predicate != "in"
                if relation.predicate == "in":
                    found.add(world.labels[relation.object])
        assert "bookcase" in found

    def test_go_both_ways_beside(self, rooms: list[World]) -> None:
        for world in rooms:
            beside = {
                (relation.subject, relation.object): relation.distance
                for relation in world.relations
                if relation.predicate == "beside" and relation.distance is not None
            }
            assert beside
            assert all(beside[b, a] == distance for (a, b), distance in beside.items())
            assert max(beside.values()) < 0.3
