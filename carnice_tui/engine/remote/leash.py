"""`python -m carnice_tui.engine.remote.leash COMMAND…`: COMMAND, which does not outlive us.

Standard input is a pipe that the app holds the other end of and never writes to. When the app is
gone, however it went, the pipe ends, and with it everything that COMMAND has started here: ranks
would otherwise keep a model in memory, and wait for each other, until somebody finds them. Works
wherever there are pipes and process groups; the caller has given us a group of our own.
"""

import os
import signal
import subprocess
import sys
import threading

LOOK_SECONDS = 0.5
"""How often it is looked whether the app is still there."""

GRACE_SECONDS = 5.0
"""How long the ranks may take to end by themselves."""


def main() -> None:
    """Run the command; ends with its exit status."""
    # A pipe that nobody writes to: mlx.launch spins on an input at its end.
    command = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE)
    watching = threading.Thread(target=_wait_for_the_end_of_the_app, daemon=True)
    watching.start()
    ended = threading.Thread(target=command.wait, daemon=True)
    ended.start()
    while watching.is_alive() and ended.is_alive():
        ended.join(LOOK_SECONDS)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.killpg(0, signal.SIGTERM)
    ended.join(GRACE_SECONDS)
    if not watching.is_alive():
        os.killpg(0, signal.SIGKILL)
    code = command.wait()
    sys.exit(code if code >= 0 else 128 - code)


def _wait_for_the_end_of_the_app() -> None:
    while os.read(0, 4096):
        pass


if __name__ == "__main__":
    main()
