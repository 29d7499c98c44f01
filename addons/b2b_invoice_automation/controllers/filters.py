"""What a page's filters may say: days that a calendar has, texts that a database can search for."""

from datetime import date

FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2999, 12, 31)
LONGEST_TEXT = 100


def day_of(text):
    """The day that a filter gives as ``YYYY-MM-DD``, brought between 1970 and 2999; None when it is none."""
    try:
        return min(max(date.fromisoformat((text or "")[:10]), FIRST_DAY), LAST_DAY)
    except ValueError:
        return None


def day_text(text):
    """The day that a filter gives, as text; None when it is none."""
    day = day_of(text)
    return day.isoformat() if day else None


def search_text(text):
    """The text that a search field gives, without what a database cannot hold."""
    return (text or "").replace("\0", "").strip()[:LONGEST_TEXT]
