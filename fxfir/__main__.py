"""`python -m fxfir` is the command `fxfir`."""

from fxfir.cli import main

if __name__ == "__main__":
    main()
