"""What people and browsers see of the sandbox: its Stripe.js, the bank's page, and the console."""
