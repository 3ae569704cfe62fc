"""Results of the measures as plain-text tables and as JSON values."""
