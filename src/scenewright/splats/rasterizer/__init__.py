"""Pictures of surfels, and the way back from a picture's gradients to those of surfels."""
