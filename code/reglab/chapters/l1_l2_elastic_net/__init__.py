"""L1, L2 and elastic net: what its page measures, its exercises and its quiz."""
