"""``broadsheet``, and ``python -m broadsheet``."""

from __future__ import annotations

import signal


def main() -> None:
    """Runs the command line; whoever interrupts it before it is loaded sees no traceback."""
    python_takes_it = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if python_takes_it:  # and not ignored, as in a shell's background jobs
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from broadsheet.cli import main as command

    if python_takes_it:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    command()


# Guarded, because a spawned child process imports the main module again.
if __name__ == "__main__":
    main()
