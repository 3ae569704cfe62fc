"""How many cores the compiled loops use."""

from __future__ import annotations

from collections.abc import Iterator

import numba
import pytest

from scenewright.core import ConventionError
from scenewright.runs.threads import use_threads


@pytest.fixture(autouse=True)
def threads_as_before() -> Iterator[None]:
    before = numba.get_num_threads()
    yield
    numba.set_num_threads(before)


def test_the_number_is_set_or_left() -> None:
    use_threads(1)
    assert numba.get_num_threads() == 1
    use_threads(None)
    assert numba.get_num_threads() == 1


@pytest.mark.parametrize("number", [0, -3, 100_000])
def test_numbers_that_the_machine_has_not_are_refused(number: int) -> None:
    most = vars(numba.config)["NUMBA_NUM_THREADS"]
    with pytest.raises(ConventionError) as caught:
        use_threads(number)
    assert str(caught.value) == (
        f"Number of threads: expected 1 to {most}, the number of cores that numba found, "
        f"got {number}"
    )
