"""The command: parses, calls one function, shows what it returned."""
