"""Training of the networks of ``generate/tiny``: the codec, the image encoder and the flow."""
