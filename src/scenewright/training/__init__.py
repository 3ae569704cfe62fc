"""Training of the networks that ship in the wheel; needs torch."""
