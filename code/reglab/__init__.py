"""Regularizers of neural networks, one package for each family."""

__version__ = "0.1.0"
