"""MODEL to a conversion and back: the ordered stages, each artifact's runner, the verdict."""
