"""Training of the reference model on rendered figures; ``train.py`` beside it starts it."""
