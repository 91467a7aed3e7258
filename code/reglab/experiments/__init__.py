"""Room `experiments`: one module per chapter; returns labeled results, never draws."""
