"""What goes to phones and what comes back: bundles, results, comparisons."""
