"""hbtui: a full-screen terminal for trading spot on HTX."""

__version__ = "0.1.0"
