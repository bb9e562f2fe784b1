"""Where a conversion drifts: every op, and the smallest model that still shows it."""
