"""The console's ground floor: one noun a file."""

from config.base.admin import accounts, api_keys, audit, domain_events, job_runs, users

__all__ = ["accounts", "api_keys", "audit", "domain_events", "job_runs", "users"]
