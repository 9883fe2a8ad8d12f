"""Pure values: numbers, instruments, bars, books, orders, accounts and the events that change them. No I/O."""
