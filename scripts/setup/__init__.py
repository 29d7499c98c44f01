"""What a machine needs before the project runs: Python packages, Odoo, PostgreSQL, a browser.

Standard library only, because it runs before anything is installed. Every step looks at what is there, does what is
missing, and can be killed at any moment: it writes to a temporary name and renames when whole, so the next run goes on.
"""
