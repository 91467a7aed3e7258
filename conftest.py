"""What all tests share, those of the notebooks too."""

pytest_plugins = ["measured"]  # tools/measured.py
