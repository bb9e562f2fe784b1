"""What every command reads or extends: MODEL, inputs, artifacts run and judged in order."""
