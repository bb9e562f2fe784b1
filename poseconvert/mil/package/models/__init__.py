"""Kinds of Core ML model that are neither programs nor networks, and pipelines of all of them."""
