"""Training the networks of the package."""
