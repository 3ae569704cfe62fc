"""Depth images as coarse grids of surface planes, shared by the mask backends."""
