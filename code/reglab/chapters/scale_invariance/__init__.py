"""Scale invariance: what its page measures, its exercises and its quiz."""
