"""Completers of partly seen objects, the slot ``complete/*``.

`symmetry` searches symmetries (`symmetries`) and fills what surface encloses (`cells` holds the
kernels); `hull` is the baseline; `cubes` is the frame of learned completers.
"""
