"""`python -m config.local demo|demo-check|demo-reset`: the commands of the Makefile."""

import os
import signal
import sys

from config.local import demo, places, processes

COMMANDS = {"demo": demo.serve, "demo-check": demo.run_check, "demo-reset": demo.reset}


def main(words: list[str]) -> int:
    """The exit code; make takes us with it when it is killed."""
    if "MAKELEVEL" in os.environ:
        processes.die_with(os.getppid(), signal.SIGTERM)
    if len(words) != 1 or words[0] not in COMMANDS:
        print(f"say one of: {', '.join(COMMANDS)}", file=sys.stderr)
        return 2
    try:
        return COMMANDS[words[0]]()
    except places.Unusable as reason:
        print(reason, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0 if words[0] != "demo-check" else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
