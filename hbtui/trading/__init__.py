"""The life of orders and the state of the market: knows no venue, no screen and no disk but by its ports."""
