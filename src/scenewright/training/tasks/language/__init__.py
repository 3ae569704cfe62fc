"""Training of ``lm/nano`` on questions about synthetic worlds."""
