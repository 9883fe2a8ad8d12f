"""Attempts to break the safety of orders, over real sockets; each was a fault once, or could have been one."""
