"""Where an installation on one machine keeps its things."""

import hashlib
import os
import pwd
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCAL = ROOT / ".local"
LOGS = LOCAL / "logs"
VARIABLE_TEMP = Path("/var/tmp")  # noqa: S108 - what lies there is kept from others by owner and mode


class Unusable(Exception):
    """This machine cannot do what was asked; the text says what to do about it."""


def is_root() -> bool:
    return os.geteuid() == 0


def private(folder: Path) -> Path:
    """The folder, made if need be, for its owner alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def postgres_owner() -> pwd.struct_passwd:
    """PostgreSQL refuses to run as root and for a user without a name; raises Unusable."""
    try:
        return pwd.getpwnam("nobody") if is_root() else pwd.getpwuid(os.geteuid())
    except KeyError:
        raise Unusable(
            "PostgreSQL runs only for a user with a name, and this one has no line in /etc/passwd: "
            "set DATABASE_URL to a PostgreSQL of yours, or become a user that has one."
        ) from None


def postgres_home() -> Path:
    """The folder of the clusters: in the checkout, but for root outside, where `nobody` can reach it."""
    if not is_root():
        return LOCAL / "postgres"
    return VARIABLE_TEMP / f"counterfoil-{hashlib.sha256(bytes(ROOT)).hexdigest()[:16]}"


def made_postgres_home() -> Path:
    """The folder of the clusters, which only the owner of PostgreSQL may enter; raises Unusable."""
    home, owner = postgres_home(), postgres_owner()
    if not is_root():
        return private(home)
    if not home.exists():
        home.mkdir(mode=0o700)
        os.chown(home, owner.pw_uid, owner.pw_gid)
    found = home.lstat()
    if home.is_symlink() or found.st_uid != owner.pw_uid or found.st_mode & 0o077:
        raise Unusable(f"{home} should belong to {owner.pw_name} alone and does not: remove it.")
    return home
