"""``python -m hbtui.sim``."""

import sys

from hbtui.sim.command import run_command

if __name__ == "__main__":
    sys.exit(run_command())
