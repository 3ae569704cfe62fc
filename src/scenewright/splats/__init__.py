"""Gaussian surfels (2D Gaussian splatting): rendering, fitting, meshing, division into objects.

`rasterizer` renders them on the CPU and stores the blending weights of pixels. `fitting` fits them
to images; `torch_engines` are engines that need torch; `rendering` finds engines by name. `lifting`
transfers labels of pixels to surfels; `decomposition` divides surfels into objects by masks;
`features` learns one vector per surfel. `meshing` makes meshes; `extraction` makes separate
objects.
"""
