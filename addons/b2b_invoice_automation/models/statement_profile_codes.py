"""What a column profile stores of days, delimiters and marks, beside what the engine takes.

Apart from the model because a selection's stored words cannot be the characters themselves.
"""

#: How days are written: what is stored → the form as `strptime` takes it, and an example.
DAYS = {
    "yyyy_mm_dd": ("%Y-%m-%d", "2026-03-31"),
    "dd_dot_mm_dot_yyyy": ("%d.%m.%Y", "31.03.2026"),
    "dd_slash_mm_slash_yyyy": ("%d/%m/%Y", "31/03/2026"),
    "mm_slash_dd_slash_yyyy": ("%m/%d/%Y", "03/31/2026"),
    "dd_mm_yyyy": ("%d-%m-%Y", "31-03-2026"),
    "mm_dd_yyyy": ("%m-%d-%Y", "03-31-2026"),
    "yyyymmdd": ("%Y%m%d", "20260331"),
    "yyyy_slash_mm_slash_dd": ("%Y/%m/%d", "2026/03/31"),
    "yyyy_dot_mm_dot_dd": ("%Y.%m.%d", "2026.03.31"),
    "dd_dot_mm_dot_yy": ("%d.%m.%y", "31.03.26"),
    "dd_slash_mm_slash_yy": ("%d/%m/%y", "31/03/26"),
    "mm_slash_dd_slash_yy": ("%m/%d/%y", "03/31/26"),
    "dd_mm_yy": ("%d-%m-%y", "31-03-26"),
    "ddmmyyyy": ("%d%m%Y", "31032026"),
    "dd_mon_yyyy_blank": ("%d %b %Y", "31 Mar 2026"),
    "dd_mon_yyyy": ("%d-%b-%Y", "31-Mar-2026"),
    "dd_mon_yy": ("%d-%b-%y", "31-Mar-26"),
    "mon_dd_yyyy": ("%b %d, %Y", "Mar 31, 2026"),
}
DELIMITERS = {"semicolon": ";", "comma": ",", "tab": "\t", "bar": "|"}
MARKS = {"comma": ",", "point": "."}


def code_of(codes, value):
    """The stored word of a character."""
    return next(code for code, known in codes.items() if known == value)
