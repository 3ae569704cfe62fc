"""Networks that turn the objects of a scene into tokens, and answer questions about them."""
