"""What this installation can do."""
