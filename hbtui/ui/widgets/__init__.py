"""Panes and dialogs: each shows what it is handed, and says what the person asked for."""
