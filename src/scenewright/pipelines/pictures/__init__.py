"""Previews, contact sheets and turntables."""
