"""The examples of the page."""

from __future__ import annotations

import pytest

from scenewright.core import UnknownNameError
from scenewright.pipelines.page.examples import EXAMPLES, example
from scenewright.pipelines.page.session import label_images


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_have_named_objects(name: str) -> None:
    session = example(name)
    assert len(session.pictures) == 1 and 2 <= len(session.objects) <= 8
    assert all(each.name for each in session.objects)
    assert not {"floor", "wall", "ceiling"} & {each.name for each in session.objects}
    (labels,) = label_images(session)
    assert labels.max() == len(session.objects)
    assert (example(name).picture.pixels == session.picture.pixels).all()


def test_an_unknown_example() -> None:
    with pytest.raises(UnknownNameError, match="Example 'Garden': expected one of Table, Room, Co"):
        example("Garden")
