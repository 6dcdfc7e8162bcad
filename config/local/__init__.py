"""A whole installation on one machine: PostgreSQL, Redis and the processes of the demo."""
