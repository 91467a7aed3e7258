"""Chapter "soft-targets": what is measured there, its exercises and its quiz."""
