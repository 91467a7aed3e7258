"""Chapter "dropout-relatives": which numbers share one decision, and what that changes."""
