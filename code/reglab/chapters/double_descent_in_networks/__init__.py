"""Double descent in networks: what its page measures, its exercises and its quiz."""
