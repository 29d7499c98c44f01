"""Benchmarks: one module each, with `run(arguments) -> dict` of figures and a table on the way.

The figures' names begin with the module's name (`billing.ratio_to_core_batch`). The first line of a
module's docstring says what it measures.
"""
