"""The backend ``masks/tiny-rgbd``: a small network with weights in the wheel, run by numpy."""
