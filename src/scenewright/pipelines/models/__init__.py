"""Listing, describing, fetching and trying backends."""
