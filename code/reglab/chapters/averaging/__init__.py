"""What the chapter on averaging measures, its exercises and its quiz."""
