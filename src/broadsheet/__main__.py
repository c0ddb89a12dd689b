"""``python -m broadsheet``."""

from broadsheet.cli import main

# Guarded, because a spawned child process imports the main module again.
if __name__ == "__main__":
    main()
