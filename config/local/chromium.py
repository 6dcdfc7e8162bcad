"""A chromium for browser tests and screenshots: the machine's own, or Debian's where we may install it."""

import os
import shutil
import subprocess
import sys

from config.local import places

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = "No chromium: the browser tests are skipped. Install Debian's package chromium, or name one in CHROMIUM."


def found() -> str | None:
    """The path of the one to use."""
    return next(filter(None, (os.environ.get("CHROMIUM"), *map(shutil.which, NAMES))), None)


def install() -> None:
    """Install Debian's; a failure is shown by apt-get and by what is missing afterwards."""
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update", "-qq"], ["install", "-qq", "--yes", "--no-install-recommends", "chromium"]):
        subprocess.run(["apt-get", *words], env=quiet, check=False, stdout=subprocess.DEVNULL)  # noqa: S607


def main() -> int:
    """1 where the tests of the browser must run and cannot."""
    if not found() and places.is_root() and shutil.which("apt-get"):
        print("installing chromium", flush=True)
        install()
    if found():
        return 0
    print(MISSING, file=sys.stderr)
    return 1 if os.environ.get("CI") else 0


if __name__ == "__main__":
    sys.exit(main())
