"""``generate/tiny``: small generation networks, taught on synthetic worlds alone."""
