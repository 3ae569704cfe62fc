"""The inputs of verbs: captures and scenes by path, masks by name, frames of views."""
