"""Who plays in the demo, and with which words each is called."""

import sys
from pathlib import Path

from config.local import places, stage
from config.local.services import Service
from config.local.stage import Stage

BIN = Path(sys.executable).parent
CELERY = (BIN / "celery", "--app", "config.celery")
BEGAN_DAYS_AGO = 128
BEAT_SCHEDULE = places.LOCAL / "demo" / "beat"

STATIC_FILES = Service("static", (sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"))


def stripe(scene: Stage) -> Service:
    keys = ("--secret-key", scene.stripe_secret_key, "--publishable-key", scene.stripe_publishable_key)
    store = ("--store", stage.STRIPE_STORE, "--start-days-ago", str(BEGAN_DAYS_AGO))
    money = ("--payouts", "daily", "--settle", "chf/eur=1.0650")
    command = (sys.executable, "-m", "sandbox", "--port", str(scene.sandbox_port), *store, *money, *keys)
    return Service("stripe", command, url=f"{scene.sandbox_url}/")


def ours(scene: Stage) -> list[Service]:
    threads = ("--worker-class", "gthread", "--workers", "2", "--threads", "4", "--graceful-timeout", "5")
    bind = ("--bind", f"127.0.0.1:{scene.port}")
    web = (BIN / "gunicorn", "config.wsgi", *bind, *threads, "--no-control-socket")
    worker = (*CELERY, "worker", "--concurrency", "2", "--loglevel", "info")
    beat = (*CELERY, "beat", "--schedule", BEAT_SCHEDULE, "--pidfile", "", "--loglevel", "info")
    return [
        Service("web", web, url=f"{scene.site_url}/api/health"),
        Service("worker", worker),
        Service("beat", beat),
    ]
