"""Small networks whose weights lie in the wheel; they run on numpy alone."""
