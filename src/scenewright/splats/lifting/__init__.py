"""From labels of pixels to labels of surfels, and back."""
