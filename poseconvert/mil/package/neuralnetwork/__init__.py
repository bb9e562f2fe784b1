"""NeuralNetwork models, lowered to MIL: one small function per layer, in ``layers``."""
