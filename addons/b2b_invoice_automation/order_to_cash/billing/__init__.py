"""Billing: what of orders and charges is due on a day, on which invoice, and under which key it is billed once."""
