"""Whole screens: what is shown together, and which command goes where."""
