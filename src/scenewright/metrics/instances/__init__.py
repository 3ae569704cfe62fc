"""3D instances against the true ones: average precision, best IoU, transfer between points."""
