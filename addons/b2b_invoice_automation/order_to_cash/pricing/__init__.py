"""Contract prices: which rule applies, how much a tier table asks, rebates, and indexation."""
