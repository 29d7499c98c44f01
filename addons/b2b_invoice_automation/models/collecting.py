"""Python's search for cycles of objects, held back while a batch makes hundreds of thousands that live to its end."""

import gc
from contextlib import contextmanager


@contextmanager
def no_collecting():
    """No search for cycles in this block, nor one forgotten after it: Odoo's own stays off when an error passes."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
