"""Each stage makes one artifact from one artifact."""
