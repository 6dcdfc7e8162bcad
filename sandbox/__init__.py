"""A local Stripe: Stripe's API in, signed webhooks out, with a store that survives a restart."""
