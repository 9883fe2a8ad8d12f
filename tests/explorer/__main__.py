"""``python -m tests.explorer``: live through schedules, and say what broke and how to see it again."""

import sys

from tests.explorer.command import main

if __name__ == "__main__":
    sys.exit(main())
