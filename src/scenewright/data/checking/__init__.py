"""What is wrong with a capture."""
