"""What every test outside the addons shares: where the pure packages and the outside samples are."""

import os
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED_DATA = Path(os.environ.get("SHARED_DATA", REPOSITORY.parent / "shared" / "data"))

for addon in ("b2b_invoice_automation", "magento_connector"):
    sys.path.insert(0, str(REPOSITORY / "addons" / addon))
sys.path.insert(0, str(REPOSITORY / "scripts"))


@pytest.fixture(scope="session")
def shared_data():
    """The folder of recorded shop answers and bank files; skips where it is not at hand."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"the outside samples are not at {SHARED_DATA}; set SHARED_DATA to their folder")
    return SHARED_DATA
