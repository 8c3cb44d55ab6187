"""From bytes to raw: the landing zone, reading by contract into a candidate, quarantine, and raw's one writer."""
