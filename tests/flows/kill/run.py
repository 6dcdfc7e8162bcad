"""Running the walker until it is killed."""

import os
import subprocess
import sys


def killed(step: str, subject: str, *, kill: str) -> int:
    """Walk a step in a process of its own that dies at the named point; its return code, -9 when it was killed."""
    command = [sys.executable, "-m", "tests.flows.kill.walker", step, subject]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.flows.kill.settings", "KILL": kill}
    return subprocess.run(command, env=environment, check=False, capture_output=True, timeout=60).returncode
