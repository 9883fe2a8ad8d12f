"""The embedded exchange: HTX's REST and WebSocket protocol over a synthetic market, on one loopback port."""
