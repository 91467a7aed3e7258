"""Regularizers of neural networks, one room per family; the README maps chapters to rooms."""

__version__ = "0.1.0"
