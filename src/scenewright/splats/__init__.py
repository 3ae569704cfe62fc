"""Gaussian surfels (2D Gaussian splatting): drawn, fitted, meshed, and divided into objects.

`rasterizer` draws them on the CPU and keeps the blending weights of pixels. `fitting` fits them to
images; `torch_engines` are engines that need torch; `rendering` finds engines by name. `lifting`
brings labels of pixels to surfels; `decomposition` divides surfels into objects by masks;
`features` learns one vector per surfel. `meshing` makes meshes; `extraction` makes separate
objects.
"""
