"""``python -m sandbox``: serve until interrupted."""

import asyncio
import logging
import signal
import sys

from aiohttp import web

from .app import create_app
from .config import Config, from_arguments


async def serve(config: Config) -> None:
    """Serve until SIGINT or SIGTERM; prints the address once it listens."""
    runner = web.AppRunner(create_app(config), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, config.host, config.port).start()
        host, port = runner.addresses[0][:2]
        print(f"Local Stripe on http://{host}:{port}", flush=True)
        await _interrupted()
    finally:
        await runner.cleanup()


async def _interrupted() -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()


def main() -> None:
    """The command."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    config = from_arguments()
    try:
        asyncio.run(serve(config))
    except OSError as error:
        sys.exit(f"Cannot listen on {config.host}:{config.port}: {error.strerror}")


if __name__ == "__main__":
    main()
