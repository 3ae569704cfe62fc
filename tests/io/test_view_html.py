"""The page that shows a scene: its contents, and what a browser makes of it."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scenewright.core import (
    Asset,
    Box3D,
    FormatError,
    Instance,
    InstanceTable,
    OutputError,
    PointCloud,
    Scene,
    instance_color,
    instance_colors,
)
from scenewright.io import save, write_view
from tests.builders import make_cube, make_full_scene, make_placement, make_scene
from tests.io.page_builders import drive, dump

CHECKOUT = Path(__file__).resolve().parents[2]
HOSTILE = "</script><script>document.title='broken'</script><b>&\u2028\"'\ud800"


class Elements(HTMLParser):
    """The texts of all elements with an id, and the tags."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.texts: dict[str, str] = {}
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._inside = ""
        self.feed(page.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = dict(attrs).get("id") or tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        self.texts[self._inside] = self.texts.get(self._inside, "") + data


def document_of(page: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(Elements(page).texts["document"])
    return value


def make_box(instance_id: int, x: float, *, label: str = "", role: str = "object") -> Instance:
    box = Box3D(np.array([x, 0.0, 0.5]), np.ones(3), np.eye(3))
    return Instance(instance_id, label, 0.5, box, 8, 3, role=role)


def make_room() -> Scene:
    """Two boxes side by side (2 the larger), a floor (9), a ceiling (4), and a rest far below."""
    rows = [
        make_box(1, -1.0),
        replace(make_box(2, 1.0, label="<i>chair</i>"), num_frames=None),
        make_box(9, 0.0, role="floor"),
        make_box(4, 0.0, role="ceiling"),
    ]
    cube, big = make_cube(), make_cube(edge=1.5)

    def plate(height: float) -> Asset:
        mesh = replace(cube, vertices=(cube.vertices * [6, 6, 0.05]).astype(np.float32))
        placement = np.eye(4)
        placement[2, 3] = height
        return Asset(mesh, placement)

    assets = {
        1: Asset(cube, make_placement((-1.5, 0.0, 0.5), angle=0)),
        2: Asset(big, make_placement((1.5, 0.0, 0.75), angle=0)),
        9: plate(-0.05),
        4: plate(3.0),
    }
    return Scene(InstanceTable.from_rows(rows), None, assets, np.array([0.0, 0, 1]))


def test_a_page_holds_the_scene_and_needs_nothing_else(tmp_path: Path) -> None:
    scene = make_full_scene()
    page = save(scene, tmp_path / "room.html")
    found = Elements(page)
    assert found.texts["title"] == "room"
    document = document_of(page)
    assert document["title"] == "room" and document["cell_size"] == 0
    assert [one["id"] for one in document["objects"]] == [7, 12, 3]
    chair = document["objects"][0]
    assert chair["label"] == "chair" and tuple(chair["color"]) == instance_color(7)
    colors = instance_colors(scene.instances)
    assert {row["id"]: tuple(row["color"]) for row in document["objects"]} | {
        0: colors[0]
    } == colors
    assert np.allclose(chair["size"], scene.instances.size[0], atol=1e-4)
    # The page has y up.
    assert chair["center"][1] == pytest.approx(scene.instances.center[0, 2], abs=1e-4)
    assert np.allclose(np.linalg.det(chair["rotation"]), 1, atol=1e-3)
    assert document["objects"][2]["points"] is None
    assert [one["instance"] for one in document["layers"]] == [7, 12, 3, 0]
    outside = [(tag, a) for tag, a in found.tags if {"src", "href", "srcset"} & a.keys()]
    assert outside == []
    policy = next(a["content"] for _, a in found.tags if a.get("http-equiv"))
    assert policy is not None and policy.startswith("default-src 'none'; img-src data: blob:; ")
    assert "unsafe" not in policy and "http" not in policy


def test_texts_are_never_markup(tmp_path: Path) -> None:
    scene = make_scene()
    rows = [replace(row, label=HOSTILE, label_scores={}) for row in scene.instances]
    page = tmp_path / "page.html"
    write_view(
        page,
        replace(scene, instances=InstanceTable.from_rows(rows)),
        title=HOSTILE,
        caption=HOSTILE,
    )
    document = document_of(page)
    assert document["caption"] == HOSTILE and document["objects"][0]["label"] == HOSTILE
    tags = [tag for tag, _ in Elements(page).tags]
    assert tags.count("script") == 3 and "b" not in tags
    assert Elements(page).texts["title"] == HOSTILE.replace("\ud800", "?")


def test_a_page_that_would_be_too_large_is_coarser_and_says_so(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    cloud = PointCloud(
        rng.uniform(0, 3, (60_000, 3)).astype(np.float32),
        rng.integers(0, 256, (60_000, 3), dtype=np.uint8),
    )
    scene = Scene(InstanceTable.empty(), cloud)
    page = tmp_path / "page.html"
    write_view(page, scene)
    full = page.stat().st_size
    limit = full - 200_000
    write_view(page, scene, max_bytes=limit)
    document = document_of(page)
    assert 0.5 * (full - limit) < full - page.stat().st_size and page.stat().st_size <= limit
    assert 0 < document["cell_size"] < 0.5
    assert 1000 < document["layers"][0]["vertices"] < 60_000
    with pytest.raises(FormatError) as caught:
        write_view(page, scene, max_bytes=1000)
    assert str(caught.value) == (
        f"Cannot write {page}: expected a page of at most 0.001 MB, got 0 objects, which do not "
        "fit. Write some of them: --only (or editing.remove)."
    )


def test_nothing_to_show(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        save(Scene(InstanceTable.empty()), tmp_path / "page.html")
    assert str(caught.value) == (
        f"Cannot write {tmp_path / 'page.html'}: expected a scene with meshes, points or surfels, "
        "got a scene without geometry"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_page_is_never_replaced_unasked(tmp_path: Path) -> None:
    page = save(make_scene(), tmp_path / "page.html")
    with pytest.raises(OutputError, match="an existing file"):
        save(make_scene(), page)
    assert save(make_scene(), page, overwrite=True) == page


@pytest.mark.parametrize("num", [1, 2])
def test_single_points_can_be_shown(tmp_path: Path, num: int) -> None:
    cloud = PointCloud(np.zeros((num, 3), np.float32))
    write_view(tmp_path / "page.html", Scene(InstanceTable.empty(), cloud))
    assert document_of(tmp_path / "page.html")["layers"][0]["vertices"] == num


def test_the_bundle_is_that_of_the_sources() -> None:
    sources = CHECKOUT / "viewer"
    if not sources.is_dir():
        pytest.skip("not in a checkout")
    names = [f"src/{path.name}" for path in sorted((sources / "src").iterdir())]
    digest = hashlib.sha256()
    for name in ("build.mjs", "package.json", "package-lock.json", *names):
        digest.update((sources / name).read_bytes().replace(b"\r\n", b"\n"))
    files = resources.files("scenewright.io") / "viewer"
    head = (files / "viewer.js").read_text("utf-8")[:400]
    assert digest.hexdigest() in head, "run: make viewer"
    assert "</script" not in (files / "viewer.js").read_text("utf-8").lower()
    assert "three.js authors" in (files / "LICENSE-three.txt").read_text("utf-8")
    version = json.loads((sources / "package.json").read_text())["devDependencies"]["three"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", version), "an exact version"


@pytest.mark.slow
def test_the_page_starts_as_it_is_written(tmp_path: Path) -> None:
    page = save(make_full_scene(), tmp_path / "room.html")
    text = dump(page)
    assert 'data-state="ready"' in text
    assert re.search(r'<h1 id="title">room</h1>', text)


@pytest.mark.slow
def test_objects_are_listed_clicked_hidden_isolated_and_searched(tmp_path: Path) -> None:
    page = save(make_room(), tmp_path / "room.html")
    found = drive(
        page,
        """
        found.rows = rows();
        found.heads = [...document.querySelectorAll("#list h2")].map((one) => one.textContent);
        const [x, y] = middle();
        const spots = [];
        for (let dx = -250; dx <= 250; dx += 25)
          for (let dy = -200; dy <= 200; dy += 25) spots.push([x + dx, y + dy]);
        found.clicked = {};
        for (const [px, py] of spots) {
          click(px, py);
          const row = rows().find((one) => one.selected);
          if (row && !(row.id in found.clicked)) {
            found.clicked[row.id] = {facts: facts(), at: [px, py]};
          }
        }
        const at = found.clicked[2].at;
        click(...at);
        const shown = () => rows().filter((one) => !one.off).map((one) => one.id);
        found.paint = await pixel(...at);
        press("h"); found.hidden = shown(); found.behind = await pixel(...at);
        press("h"); press("i"); found.isolated = shown();
        press("a"); found.all = shown();
        press("Escape"); found.card = byId("card").hidden;
        byId("search").value = "CHAIR"; byId("search").dispatchEvent(new Event("input"));
        found.matches = rows().filter((one) => !one.hidden).map((one) => one.id);
        byId("search").value = "#9"; byId("search").dispatchEvent(new Event("input"));
        found.numbers = rows().filter((one) => !one.hidden).map((one) => one.id);
        byId("search").value = ""; byId("search").dispatchEvent(new Event("input"));
        press("n"); press("n"); found.second = rows().find((one) => one.selected).id;
        byId("color-mode").click(); press("Escape");
        found.mode = byId("color-mode").getAttribute("aria-pressed");
        """,
    )
    assert found["errors"] == [] and found["state"] == "ready"
    # Things first, the largest on top, then the room; the ceiling is hidden at first.
    assert [(row["id"], row["name"], row["off"]) for row in found["rows"]] == [
        (1, "Object 1", False),
        (2, "<i>chair</i> 2", False),
        (9, "Floor 9", False),
        (4, "Ceiling 4", True),
    ]
    assert found["heads"] == ["Objects", "Room"]
    assert {"1", "2", "9"} <= set(found["clicked"]) and "4" not in found["clicked"]
    assert found["clicked"]["1"]["facts"] == {
        "Score": "0.50", "Size": " \N{MULTIPLICATION SIGN} ".join(["1.00"] * 3) + " m",
        "Frames": "3", "Points": "8",
    }  # fmt: skip
    assert "Frames" not in found["clicked"]["2"]["facts"]
    assert found["clicked"]["9"]["facts"]["Role"] == "floor"
    assert found["hidden"] == [1, 9] and found["isolated"] == [2]
    assert found["all"] == [1, 2, 9, 4] and found["card"] is True
    assert np.abs(np.subtract(found["paint"], found["behind"])).max() > 10
    assert found["matches"] == [2] and found["numbers"] == [9]
    assert found["second"] == 2 and found["mode"] == "true"
