"""Pictures of worlds: color, depth, normals, ids, silhouettes; and the errors of sensors."""
