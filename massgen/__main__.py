"""The entry point: `massgen` and `python -m massgen`."""

import sys


def main() -> int:
    """Run the program with the arguments of this process; returns its exit status."""
    try:
        from massgen.cli.main import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:  # in the middle of an import, or after the last word
        return 130


if __name__ == "__main__":
    sys.exit(main())
