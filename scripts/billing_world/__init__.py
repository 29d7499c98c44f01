"""Orders to be billed, and the ways of billing them that `scripts/bench billing` compares.

Each way runs in a process of its own on a copy of one database, so that it meets the same orders and no warm cache.
"""
