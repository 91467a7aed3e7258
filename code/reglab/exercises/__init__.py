"""Checks that readers run on their own code; one package per chapter."""

from reglab.exercises.checking import check
from reglab.exercises.registry import available
from reglab.exercises.report import Report

__all__ = ["Report", "available", "check"]
