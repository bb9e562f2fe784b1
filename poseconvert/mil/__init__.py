"""The reference executor for Core ML packages: never Core ML itself, never the Neural Engine."""
