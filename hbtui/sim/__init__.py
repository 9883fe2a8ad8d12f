"""The embedded exchange: a server that speaks the HTX protocol on a loopback port."""
