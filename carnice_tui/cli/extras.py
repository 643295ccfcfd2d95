"""The extras of ours that a command may need, and what each installs."""

from importlib.util import find_spec

from carnice_tui.core.errors import UsageError

PACKAGES = {"serve": ("starlette", "uvicorn", "prometheus_client", "ruamel.yaml")}
DOING = {"serve": "Serving"}


def need_extra(extra: str) -> None:
    """Check that what `extra` installs is there.

    Raises:
        UsageError: it is not.
    """
    missing = [name for name in PACKAGES[extra] if not _is_there(name)]
    if missing:
        raise UsageError(
            f"{DOING[extra]} needs packages that are not installed ({', '.join(missing)}): "
            f"pip install 'carnice-tui[{extra}]'."
        )


def _is_there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # of the package that `name` lies in
        return False
