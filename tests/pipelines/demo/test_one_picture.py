"""Objects of one picture in the demo."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scenewright.pipelines.demo import one_picture
from scenewright.pipelines.demo.one_picture import generate_from_film
from scenewright.worlds import film_room
from scenewright.worlds.writing import write_capture


def test_the_frame_with_most_whole_objects_is_taken(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("fast_simplification")
    pytest.importorskip("xatlas")
    film = film_room(1, num_frames=6, width=160, height=120, num_threads=1)
    capture = write_capture(film, tmp_path / "capture")
    made = generate_from_film(film, capture, overwrite=False)
    assert made is not None and made.count >= 1
    ids = np.unique(np.asarray(Image.open(tmp_path / "one-picture-masks.png")))
    counts = []
    for number in range(len(film)):
        id_map = film.id_map(number)
        edge = set(np.concatenate([id_map[0], id_map[-1], id_map[:, 0], id_map[:, -1]]).tolist())
        large = [i for i in np.unique(id_map).tolist() if (id_map == i).mean() >= 0.01]
        counts.append(len(set(large) - edge - film.stuff_ids - {0}))
    assert min(max(counts), 5) == len(ids) - 1 == made.count
    assert counts[made.frame] == max(counts) or counts[made.frame] >= 5
    assert 0 < made.f_score <= 1


def test_without_the_packages_nothing_is_generated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = film_room(1, num_frames=1, width=64, height=48, num_threads=1)
    monkeypatch.setattr(one_picture, "PACKAGES", ("no_such_package",))
    assert generate_from_film(film, tmp_path / "capture", overwrite=False) is None
