"""Meshes against the true ones: Chamfer distance, F-score, normals."""
