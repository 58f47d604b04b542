"""`python -m numerist` is `numerist`."""

from numerist.cli import main

if __name__ == "__main__":
    main()
