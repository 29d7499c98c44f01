"""A seeded world of customers, open items and labelled bank lines to measure cash application with.

It knows the truth: each line is made from the documents it really pays, written the way payers and banks
write, and carries a label. What an engine applies can so be told right from wrong, and what it leaves can be
told careful from blind. Used by tests and by the benchmark; the engine never sees the labels.

The labels say what the generator meant when it made a line, and nothing here asks the engine: of its package
only the plain facts (lines, items, payers) are used, which a test sees to. Whether a line is decidable is told
from the world as well: is the account on file, is the sum unique among the customer's items, is the number
written out. A dialect dresses the same payments in other texts.

Most lines are plain; a few in a hundred are what payments are got wrong by: lists with a number that is paid or
unknown, second payments under a short number, numbers among words in fields made for numbers, orders with a paid and an
open invoice, companies of nearly a customer's name, sums and words that look like something else (`doubtful`,
`lookalikes`). What nobody could tell is counted apart, and only that: money on account that happens to be near an item
is on account, and applying it is wrong.

    world = make_world(seed=1, lines=10_000, items=20_000)
    score = score_decisions(world, match(world.lines, world.items, ...))
"""

from .score import Score, score_decisions
from .world import Label, World, make_world
