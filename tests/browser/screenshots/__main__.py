"""`make screenshots`: a picture of every page, phone and desktop, the same each time, in `.local/screenshots`."""

import sys
from pathlib import Path

import pytest

if __name__ == "__main__":
    pictures = Path(__file__).with_name("pictures.py")
    sys.exit(pytest.main([str(pictures), "-q", "-p", "no:cacheprovider", "--durations=1", "--no-header"]))
