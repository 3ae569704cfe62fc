"""Engines that need torch: the slow reference of the rasterizer and of the losses, and gsplat on
CUDA.

`gsplat_engine` has not been run on a GPU yet. Only `engines` may be imported without torch.
"""
