"""Service files that start the server when you log in: launchd's and systemd's."""

import plistlib
from collections.abc import Mapping, Sequence

LABEL = "local.carnice-chat.serve"


def launchd(command: Sequence[str], environment: Mapping[str, str], log: str) -> str:
    """A property list for ~/Library/LaunchAgents; what the server says goes to `log`."""
    service: dict[str, object] = {
        "Label": LABEL,
        "ProgramArguments": list(command),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": 10,
        "ProcessType": "Interactive",
        "StandardErrorPath": log,
        "Umask": 0o077,
    }
    if environment:
        service["EnvironmentVariables"] = dict(environment)
    return plistlib.dumps(service, sort_keys=False).decode()


def systemd(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """A unit for ~/.config/systemd/user."""
    variables = "".join(
        f"Environment={_quoted(f'{name}={value}')}\n" for name, value in environment.items()
    )
    return f"""[Unit]
Description=carnice-chat: a local model as OpenAI's API
After=network.target

[Service]
ExecStart={" ".join(_quoted(word) for word in command)}
{variables}Restart=on-failure
RestartSec=10
NoNewPrivileges=yes
UMask=0077

[Install]
WantedBy=default.target
"""


def _quoted(word: str) -> str:
    """As systemd reads it: specifiers and variables in it are plain text."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if escaped != word or not escaped or " " in escaped else escaped
