"""Chapter "Dropout": what it measures, its exercises, its quiz."""
