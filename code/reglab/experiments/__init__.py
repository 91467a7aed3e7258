"""Room `experiments`: one module per chapter; returns labelled results, never draws."""
