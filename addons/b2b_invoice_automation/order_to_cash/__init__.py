"""Order to cash without Odoo: pricing, billing, statements, cash application, receivables.

Nothing in this package imports Odoo or touches a database, a file or a clock. The models gather facts, call
these functions with whole batches, and write what they return; so the arithmetic is tested in seconds and
read on its own.
"""
