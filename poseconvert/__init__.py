"""PyTorch pose networks to Core ML, with proof of what each step did to the joints."""

__version__ = "0.1.0"
