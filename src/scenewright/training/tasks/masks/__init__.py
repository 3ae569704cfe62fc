"""The affinity network of ``masks/tiny-rgbd``: configuration, samples, loss, network and task."""
