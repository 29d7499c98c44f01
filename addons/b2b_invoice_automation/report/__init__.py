import logging

# They report each step, and each anchor that a template repeats, as if somebody had to act on it; even while imported.
for talkative in ("weasyprint", "weasyprint.progress", "fontTools"):
    logging.getLogger(talkative).setLevel(logging.ERROR)

from . import weasyprint_renderer
from . import report_account_statement
