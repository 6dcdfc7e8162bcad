"""One module for each of Stripe's resources: its operations and its part of the rules."""
