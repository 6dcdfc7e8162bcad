"""The plugin that judges a run, tried on a run of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.capture import ENVIRONMENT

ROOT = Path(__file__).parents[2]
RUN = """
import json, os
from pathlib import Path

def test_a_sandbox_answers():
    line = {"method": "GET", "path": "/v1/balance", "query": "", "form": "", "publishable": False,
            "user_agent": "", "version": None, "status": 200, "answer": ANSWER}
    Path(os.environ["SANDBOX_CAPTURE"], "1.jsonl").write_text(json.dumps(line) + "\\n")
"""
GOOD = {"object": "balance", "available": [], "pending": [], "livemode": False}
# Without this the inner run would write to the outer one's recording, and have no verdict of its own.
OUTSIDE = {name: value for name, value in os.environ.items() if name != ENVIRONMENT and "PYTEST" not in name}


@pytest.mark.parametrize(
    ("answer", "exit_code", "said"),
    [(GOOD, 0, "1 responses, 1 requests, 0 webhooks checked, 0 violations"), (GOOD | {"cash": 1}, 1, "1 violations")],
)
def test_the_verdict_is_printed_and_counts(tmp_path: Path, answer: dict[str, object], exit_code: int, said: str):
    (tmp_path / "test_run.py").write_text(RUN.replace("ANSWER", repr(answer)))
    command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "-p", "no:django", "-p", "no:cacheprovider"]

    run = subprocess.run(
        [*command, "-p", "tests.plugins.contract", f"--rootdir={tmp_path}", str(tmp_path)],
        cwd=ROOT, env=OUTSIDE, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert said in run.stdout
    assert run.returncode == exit_code
