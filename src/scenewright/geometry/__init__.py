"""Pure functions on arrays: numpy, scipy and Numba kernels."""
