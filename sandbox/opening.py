"""What a sandbox that is still empty gets from its start options."""

from . import payout_schedule, settling
from .world import World


def begin(world: World) -> None:
    """Set the schedule of payouts and the currencies that are converted, unless the account was opened before."""
    if world.store.find("account", world.account_id) is not None:
        return
    if world.config.settle:
        pairs = {code: to for code, to, _ in world.config.settle}
        settling.set_rates(world, pairs, {f"{code}/{to}": rate for code, to, rate in world.config.settle})
    if world.config.payouts != "manual":
        payout_schedule.set_(world, {"interval": world.config.payouts})
    world.store.flush()
