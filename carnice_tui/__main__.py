"""`python -m carnice_tui` is `carnice-chat`."""

from carnice_tui.cli.main import main

if __name__ == "__main__":
    main()
