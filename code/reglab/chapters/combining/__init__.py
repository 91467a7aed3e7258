"""Chapter "combining": do gains add, what does a search find, and how good is its winner really."""
