"""`find` from Python: encoders by name, indexes that are closed, progress."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scenewright.core import ConventionError, FeatureColumn
from scenewright.io import save
from scenewright.pipelines.find import steps
from scenewright.pipelines.find.steps import find
from tests.language.language_builders import make_room
from tests.pipelines.find.test_names_by_pictures import MODEL, StandIn, pictured


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("steps") / "rooms"
    save(make_room(), folder / "named")
    save(pictured(), folder / "pictured")
    return folder


def test_an_encoder_finds_what_has_no_label(
    rooms: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[dict[str, Any]] = []

    def create(name: str, **options: Any) -> StandIn:
        made.append({"name": name, **options})
        return StandIn()

    monkeypatch.setattr(steps, "create", create)
    for phrase, ids in (("the kettlebell", {11}), ("the red chair left of the desk", {3})):
        found = find(phrase, rooms, index=tmp_path / "i", model=MODEL, weights="file:x")
        assert {one.id for one in found.objects if one.scene.endswith("pictured")} == ids
    assert made[0] == {"name": MODEL, "weights": "file:x"}
    assert {one.id for one in find("the kettlebell", rooms).objects} == set()
    with pytest.raises(ConventionError, match="scenewright name"):
        find("the chair", rooms / "named", model=MODEL)


def test_progress_and_notes(rooms: Path, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    find(
        "the sofa", rooms, index=tmp_path / "i", progress=lambda s, d, t, _: seen.append((s, d, t))
    )
    assert seen == [("read scenes", 1, 2), ("read scenes", 2, 2)]
    scene = make_room()
    column = FeatureColumn(np.eye(len(scene.instances), 12, dtype=np.float32), "describe/mine")
    table = replace(scene.instances, features={"mine": column})
    save(replace(scene, instances=table), rooms / "named", overwrite=True)
    found = find("the sofa", index=tmp_path / "i")
    assert found.notes[0].startswith("1 scene changed")
    assert {one.id for one in found.objects} == {8}
