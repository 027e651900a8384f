"""The entry point: `massgen` and `python -m massgen`."""

import sys


def main() -> int:
    """Run the program with the arguments of this process; returns its exit status."""
    from massgen.cli.main import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
