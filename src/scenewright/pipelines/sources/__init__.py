"""What verbs are given: captures and scenes by path, masks by name, frames for views."""
