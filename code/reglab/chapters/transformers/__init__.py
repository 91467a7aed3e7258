"""Regularizing transformers: what its page measures, its exercises and its quiz."""
