"""`python -m carnice_tui.engine.worker FD LOG`: the child process.

FD is the descriptor of a connected socket; LOG a file that takes whatever is printed. Both
standard outputs are pointed there before anything native is imported, so that nothing a
library prints can reach the screen.
"""

import faulthandler
import os
import platform
import signal
import socket
import sys


def main() -> None:
    """Redirect, say hello, serve."""
    descriptor, log = int(sys.argv[1]), sys.argv[2]
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(target, 1)
    os.dup2(target, 2)
    os.close(target)
    faulthandler.enable()
    # Ctrl-C belongs to the app; it tells us what to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    connection = socket.socket(fileno=descriptor)

    from importlib.metadata import version

    import mlx.core as mx

    from carnice_tui.core.wire import Hello
    from carnice_tui.engine.worker import blas, loading
    from carnice_tui.engine.worker.pipe import Inbox, Outbox
    from carnice_tui.engine.worker.service import Service

    inbox, outbox = Inbox(connection), Outbox(connection)
    inbox.start()
    outbox.hello(
        Hello(
            pid=os.getpid(),
            python=platform.python_version(),
            mlx=version("mlx"),
            mlx_lm=version("mlx-lm"),
            backend=loading.backend(),
            device=str(mx.device_info().get("device_name", "")),
            blas=blas.in_use(),
        )
    )
    Service(inbox, outbox).serve()
    sys.stdout.flush()
    # The interpreter's own teardown of native libraries may abort; everything is written.
    os._exit(0)


if __name__ == "__main__":
    main()
