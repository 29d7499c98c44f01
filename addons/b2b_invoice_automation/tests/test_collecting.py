"""What holds back Python's search for cycles gives it back, whatever happens."""

import gc

from odoo.tests import TransactionCase

from ..models.collecting import no_collecting


class TestCollecting(TransactionCase):
    def test_the_search_goes_on_after_an_error(self):
        self.assertTrue(gc.isenabled())
        with self.assertRaises(ValueError), no_collecting():
            self.assertFalse(gc.isenabled())
            raise ValueError
        self.assertTrue(gc.isenabled())
