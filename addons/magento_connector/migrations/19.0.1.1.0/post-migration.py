"""Shops that were fetched from before there was a start count as started."""


def migrate(cr, version):
    cr.execute(
        """UPDATE magento_backend SET started_at = now() AT TIME ZONE 'UTC'
            WHERE started_at IS NULL
              AND id IN (SELECT backend_id FROM magento_stream WHERE last_success IS NOT NULL)"""
    )
