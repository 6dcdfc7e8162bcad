"""The console of reconciliation: one noun a file."""

from reconciliation.admin import discrepancies, payouts, runs, statement_lines

__all__ = ["discrepancies", "payouts", "runs", "statement_lines"]
