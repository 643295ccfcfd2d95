"""What the commands that serve have in common."""

from importlib.util import find_spec

from carnice_tui.core.errors import UsageError

SERVE_EXTRA = ("starlette", "uvicorn", "prometheus_client", "ruamel.yaml")


def need_serve_extra() -> None:
    """Check that what serving needs is installed.

    Raises:
        UsageError: it is not.
    """
    missing = [name for name in SERVE_EXTRA if not _is_there(name)]
    if missing:
        raise UsageError(
            f"Serving needs packages that are not installed ({', '.join(missing)}): "
            "pip install 'carnice-tui[serve]'."
        )


def _is_there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # of the package that `name` lies in
        return False
