"""Whether a regular expression that a person wrote may take for ever on a text that somebody else writes.

Apart from the matching, because it is asked once, when the expression is saved.
"""

from __future__ import annotations

from re import _constants as codes
from re import _parser

REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT)
_MANY = 20


def is_explosive(pattern: str) -> bool:
    """Whether a repetition stands within a repetition, or a choice within one: these may be tried in endless ways.

    :raises re.error: when it is no regular expression
    """
    return _may_explode(_parser.parse(pattern), within=False)


def _may_explode(parts, within):
    for code, argument in parts:
        is_many = code in REPEATS and argument[1] > _MANY
        if within and (is_many or code is codes.BRANCH):
            return True
        if any(_may_explode(inner, within or is_many) for inner in _inner(argument)):
            return True
    return False


def _inner(argument):
    """The parts of an expression within what stands at one place of it."""
    if isinstance(argument, _parser.SubPattern):
        yield argument
    elif isinstance(argument, tuple | list):
        for one in argument:
            yield from _inner(one)
