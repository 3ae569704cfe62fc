"""Published generation networks in plain PyTorch; their state dicts have the published names."""
