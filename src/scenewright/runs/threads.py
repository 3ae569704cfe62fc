"""The number of CPU cores that compiled loops use."""

from __future__ import annotations

from scenewright.core import ConventionError


def use_threads(num_threads: int | None) -> None:
    """Sets the number of threads of compiled loops in this process.

    Args:
        num_threads: 1 or more, up to the cores of the machine; None changes nothing.

    Raises:
        ConventionError: The machine has fewer cores.
    """
    if num_threads is None:
        return
    import numba

    num_cores = int(vars(numba.config)["NUMBA_NUM_THREADS"])
    if not 1 <= num_threads <= num_cores:
        raise ConventionError(
            "Number of threads",
            expected=f"1 to {num_cores}, the number of cores that numba found",
            got=str(num_threads),
        )
    numba.set_num_threads(num_threads)
