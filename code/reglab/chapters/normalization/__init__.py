"""What the chapter on normalization measures, its exercises and its quiz."""
