"""Listing, describing, downloading and checking backends."""
