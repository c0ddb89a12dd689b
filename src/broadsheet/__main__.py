"""``broadsheet``, and ``python -m broadsheet``."""

from __future__ import annotations

import atexit
import gc
import signal


def main() -> None:
    """Runs the command line; whoever interrupts it before it is loaded sees no traceback."""
    python_takes_it = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if python_takes_it:  # and not ignored, as in a shell's background jobs
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    # Python looks for garbage at every 700 new objects, and once more among all of them at the end.
    # Of what a command loads little is garbage: both took a fifth of its time.
    gc.set_threshold(10_000)
    atexit.register(gc.freeze)
    from broadsheet.cli import main as command

    if python_takes_it:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    command()


# Guarded, because a spawned child process imports the main module again.
if __name__ == "__main__":
    main()
