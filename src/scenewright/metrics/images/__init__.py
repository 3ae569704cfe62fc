"""Pictures and id maps against truth."""
