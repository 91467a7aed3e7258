"""Implicit regularization and flat minima: what its page measures, its exercises and its quiz."""
