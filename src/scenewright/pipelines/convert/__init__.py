"""Converting scenes between formats."""
