"""A world that was played at a local Stripe, delivered to fresh databases in any order, and compared with it."""
