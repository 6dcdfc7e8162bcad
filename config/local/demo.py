"""The demo: everything on this machine, a story in it, until Ctrl-C."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from config.local import cast, catalog, check, locks, oddities, places, processes, services, stage, stores, story
from config.local.services import Service, step
from config.local.stage import Stage
from config.local.stores import Stores

LOCK = places.LOCAL / "demo" / "lock"
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Processes = Mapping[str, subprocess.Popen[bytes]]


def serve() -> int:
    """Serve until Ctrl-C; 1 when a process ended by itself."""
    with everything() as (scene, running):
        print(welcome(scene), flush=True)
        name = first_to_end(running)
        print(f"{name} ended by itself; see .local/logs/{name}.log", flush=True)
    return 1


def run_check() -> int:
    """Drive the main job through HTTP; 0 when every step did what it should."""
    with everything() as (scene, _):
        return 0 if check.run(scene) else 1


def reset() -> int:
    """Start afresh: another database, another Stripe, other keys."""
    with locks.joined(LOCK, shared=False):
        services.end_leftovers()
        stores.forget()
        stage.forget()
    return serve()


@contextmanager
def everything() -> Iterator[tuple[Stage, Processes]]:
    """The whole installation with its story played; stops all of it in order at the end."""
    for number in STOPS:
        signal.signal(number, signal.default_int_handler)
    with locks.joined(LOCK, shared=False), ExitStack() as stack:
        services.end_leftovers()
        services.note("demo", os.getpid())
        stack.callback(services.forget, "demo")
        scene = stage.recall()
        refuse_busy_ports(scene)
        data = stack.enter_context(stores.running())
        static = stack.enter_context(services.running(cast.STATIC_FILES, environment(scene, data)))
        scene = set_up_data(scene, data)
        running = bring_up(stack, scene, data, static)
        stack.callback(finish_undisturbed)
        play(scene)
        yield scene, running


def refuse_busy_ports(scene: Stage) -> None:
    if scene.port == scene.sandbox_port:
        raise places.Unusable(f"PORT and SANDBOX_PORT are both {scene.port}: choose two.")
    for name, port in {"PORT": scene.port, "SANDBOX_PORT": scene.sandbox_port}.items():
        if not processes.is_free(port):
            raise places.Unusable(f"Port {port} is in use: choose another, like {name}={port + 1} make demo.")


def set_up_data(scene: Stage, data: Stores) -> Stage:
    """Go on where the last demo was; a story that was not played to its end begins anew, on an empty database."""
    if scene.is_played and stores.exists(data):
        with step("Migrations"):
            services.manage("migrate", "--verbosity=0", env=environment(scene, data))
        return scene
    stage.forget()
    scene = stage.recall()
    with step("An empty database"):
        stores.renew(data, environment(scene, data))
    return scene


def environment(scene: Stage, data: Stores) -> dict[str, str]:
    return dict(os.environ) | scene.environment(database_url=data.database_url, redis_url=data.redis_url)


def bring_up(stack: ExitStack, scene: Stage, data: Stores, static: subprocess.Popen[bytes]) -> Processes:
    """Start the local Stripe, introduce the two to each other, then start ours once the static files are there."""
    told = environment(scene, data)
    with step("The local Stripe"):
        stripe = start(stack, cast.stripe(scene), told)
    if not scene.is_played:
        with step("What the shop sells"):
            catalog.make(scene)
    with step("Keys and log-ins"):
        introduce(scene, told)
    if not scene.is_played:
        oddities.sell_before_we_came(scene)
    with step("Static files"):
        services.wait_for_end(cast.STATIC_FILES, static)
    stage.write_environment(scene.environment(database_url=data.database_url, redis_url=data.redis_url))
    stack.callback(stage.ENV_FILE.unlink)
    told = environment(scene, data)
    with step("Web, worker and beat"):
        ours = {service.name: start(stack, service, told) for service in cast.ours(scene)}
    return {"stripe": stripe} | ours


def start(stack: ExitStack, service: Service, told: Mapping[str, str]) -> subprocess.Popen[bytes]:
    process = stack.enter_context(services.running(service, told))
    services.wait_for(service, process)
    return process


def introduce(scene: Stage, told: Mapping[str, str]) -> None:
    """Tell Stripe where to send events; the first time, make a log-in for staff and a key for the storefront."""
    if secret := re.search(r"^whsec_\w+$", services.manage("stripe_setup", env=told), re.MULTILINE):
        # Each PORT has an endpoint with a secret of its own, told once: keep all, for a return to that PORT.
        scene.webhook_secret = ",".join(filter(None, [secret.group(), scene.webhook_secret]))
    if not scene.api_key:
        services.manage("create_roles", env=told)
        password = {"DJANGO_SUPERUSER_PASSWORD": scene.staff_password}
        services.manage("createsuperuser", "--noinput", "--email", scene.staff_email, env=dict(told) | password)
        key = services.manage("create_api_key", "--name", "Storefront", "--scopes", "*", env=told)
        scene.api_key = key.split()[-1]
    stage.save(scene)


def play(scene: Stage) -> None:
    """The story, once in the life of the database."""
    if scene.is_played:
        return
    with step("The story"):
        story.play(scene)
    scene.is_played = True
    stage.save(scene)


def first_to_end(running: Processes) -> str:
    while True:
        for name, process in running.items():
            if process.poll() is not None:
                return name
        time.sleep(0.5)


def finish_undisturbed() -> None:
    """A second Ctrl-C does not interrupt the end."""
    print("stopping …", flush=True)
    for number in STOPS:
        signal.signal(number, signal.SIG_IGN)


def welcome(scene: Stage) -> str:
    return f"""
  Counterfoil serves until Ctrl-C.

  Console         {scene.site_url}/admin/        {scene.staff_email}  {scene.staff_password}
  API             {scene.site_url}/api/docs/     Authorization: Bearer {scene.api_key}
  Local Stripe    {scene.sandbox_url}/
  Logs            .local/logs/
  Commands        .venv/bin/python manage.py … works on this data
"""
