"""One module per verb, imported when the verb is called.

Each has a dataclass `Options`, whose fields and docstrings are the command line, and a function
``run(options, terminal)`` that returns the exit code.
"""
