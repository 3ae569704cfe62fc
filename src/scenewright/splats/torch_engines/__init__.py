"""What needs torch: the slow reference of the rasterizer and of the losses, and gsplat on CUDA."""
