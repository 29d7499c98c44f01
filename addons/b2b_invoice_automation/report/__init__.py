import logging

# They report each step, and each anchor that a template repeats, as if somebody had to act on it.
for talkative in ("weasyprint", "weasyprint.progress", "fontTools"):
    logging.getLogger(talkative).setLevel(logging.ERROR)

from . import weasyprint_renderer
