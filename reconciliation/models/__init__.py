from reconciliation.models.discrepancy import Discrepancy, DiscrepancyNote
from reconciliation.models.matching import Match, MatchedDocument, MatchedLine, MatchRule
from reconciliation.models.payout import Payout
from reconciliation.models.run import ReadingMark, Run, RunBalance
from reconciliation.models.statement_line import StatementLine
from reconciliation.models.tariff import Tariff

__all__ = [
    "Discrepancy",
    "DiscrepancyNote",
    "Match",
    "MatchRule",
    "MatchedDocument",
    "MatchedLine",
    "Payout",
    "ReadingMark",
    "Run",
    "RunBalance",
    "StatementLine",
    "Tariff",
]
