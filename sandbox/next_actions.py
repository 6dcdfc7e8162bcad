"""``next_action``: what the customer has to do before an intent goes on."""

from . import settling
from .json_types import Json
from .world import World


def authentication(world: World, intent: Json, params: Json) -> Json:
    """``next_action``: a redirect where the caller gave a return URL, else Stripe.js does it."""
    url = f"{world.base_url}/_sandbox/3ds/{intent['id']}"
    if params.get("return_url") and not params.get("use_stripe_sdk"):
        redirect = {"return_url": params["return_url"], "url": url}
        return {"redirect_to_url": redirect, "type": "redirect_to_url"}
    sdk = {
        "directory_server_encryption": None,
        "directory_server_name": "visa",
        "merchant": world.account_id,
        "one_click_authn": None,
        "server_transaction_id": world.ids.text(36),
        "stripe_js": url,
        "three_d_secure_2_source": world.ids.new("payatt"),
        "three_ds_method_url": "",
        "three_ds_optimizations": "k",
        "type": "three_d_secure_redirect",
    }
    return {"type": "use_stripe_sdk", "use_stripe_sdk": sdk}


def microdeposits(world: World, intent: Json) -> Json:
    """``next_action``: two small deposits are on their way, or a code beside one of a cent."""
    return {
        "type": "verify_with_microdeposits",
        "verify_with_microdeposits": {
            "arrival_date": settling.midnight_after(world.clock.now(), 2),
            "hosted_verification_url": f"{world.base_url}/_sandbox/microdeposits/{intent['id']}",
            "microdeposit_type": "descriptor_code",
        },
    }
