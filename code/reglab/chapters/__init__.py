"""One package for each chapter: what it measures, its exercises, its quiz.

Chapters import the library, never each other.
"""
