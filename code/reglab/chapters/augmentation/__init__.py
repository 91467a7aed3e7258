"""Chapter "augmentation": what it measures, its exercises and its quiz."""
