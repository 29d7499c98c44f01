"""When each shop may be asked next: the limit on requests, kept over all processes of a database.

A row stands for a shop, and whoever asks it moves the row on by one request before it goes: at once, in a short
transaction of its own, so that no lane waits for another one's work.
"""

from odoo import fields, models

from ..magento_wire.transport import RateLimit


class MagentoPace(models.Model):
    _name = "magento.pace"
    _description = "Pace of Requests to a Shop"
    _log_access = False

    shop = fields.Integer(required=True, readonly=True, help="Id of the shop; no link, whose row others may hold.")
    free_at = fields.Float(readonly=True, help="Seconds of the database's clock from which it may be asked again.")

    _shop_unique = models.UniqueIndex("(shop)")


class SharedRate(RateLimit):
    """A limit on requests that all who know the shop in a database keep together.

    :param registry: of the database
    :param int shop: id of the shop
    """

    def __init__(self, per_second, registry, shop):
        super().__init__(per_second)
        self._registry, self._shop = registry, shop

    def wait(self):
        """Take the next turn and wait for it; return the seconds waited."""
        seconds = self.turn()
        self._sleep(seconds)
        return seconds

    def turn(self):
        """Take the next turn; return the seconds until then."""
        with self._registry.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")  # wait for rivals, and see what they took
            cursor.execute(
                """INSERT INTO magento_pace AS pace (shop, free_at)
                   VALUES (%(shop)s, EXTRACT(EPOCH FROM clock_timestamp()) + %(gap)s)
                   ON CONFLICT (shop) DO UPDATE
                   SET free_at = GREATEST(pace.free_at, EXTRACT(EPOCH FROM clock_timestamp())) + %(gap)s
                   RETURNING free_at - %(gap)s - EXTRACT(EPOCH FROM clock_timestamp())""",
                {"shop": self._shop, "gap": 1 / self.per_second},
            )
            return max(0.0, float(cursor.fetchone()[0]))
