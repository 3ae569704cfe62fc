"""Where a camera may stand and how it moves through a world."""
