"""Gaussian surfels: render, fit to pictures, turn into meshes, and divide into objects."""
