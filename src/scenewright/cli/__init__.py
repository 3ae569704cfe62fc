"""The command: parses the arguments, calls one function, shows its result."""
