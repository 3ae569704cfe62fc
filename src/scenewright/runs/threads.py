"""How many processor cores the compiled loops use."""

from __future__ import annotations

from scenewright.core import ConventionError


def use_threads(num_threads: int | None) -> None:
    """Sets the threads of the compiled loops for this process.

    Args:
        num_threads: 1 or more, up to the cores of the machine; None changes nothing.

    Raises:
        ConventionError: There are fewer cores.
    """
    if num_threads is None:
        return
    import numba

    most = int(vars(numba.config)["NUMBA_NUM_THREADS"])
    if not 1 <= num_threads <= most:
        raise ConventionError(
            "Number of threads",
            expected=f"1 to {most}, the cores that numba found",
            got=str(num_threads),
        )
    numba.set_num_threads(num_threads)
