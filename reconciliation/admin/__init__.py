"""The console of reconciliation: one noun a file."""

from reconciliation.admin import discrepancies, payouts, rules, runs, statement_lines, tariffs, unexplained

__all__ = ["discrepancies", "payouts", "rules", "runs", "statement_lines", "tariffs", "unexplained"]
