"""Stop everything that runs from this checkout and remove its data; needs no installed package."""

import shutil

from config.local import places, postgres, services


def main() -> None:
    """Leave no process and no data; says what it stopped."""
    services.end_leftovers()
    postgres.remove(places.postgres_home())
    shutil.rmtree(places.LOCAL, ignore_errors=True)


if __name__ == "__main__":
    main()
