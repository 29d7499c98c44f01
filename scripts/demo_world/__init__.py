"""The demo company and its month of business, on the real addons: who it is, what it agreed, what its bank says.

Runs inside Odoo's Python (`scripts/demo` starts it); nothing of it is part of the addons.
"""
