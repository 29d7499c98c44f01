"""Merge the exported templates into the languages: `python -m translations.merge`, by the project's own Python.

A language's file holds what customers read and whatever else was translated; texts that are gone are dropped.
"""

from pathlib import Path

import polib

from translations.customer_texts import LANGUAGES, is_read_by_customers

ADDONS = Path(__file__).resolve().parents[2] / "addons"
DATES = ("POT-Creation-Date", "PO-Revision-Date", "Last-Translator", "Language-Team", "Report-Msgid-Bugs-To")


def references(entry):
    """Where a text stands, without line numbers."""
    return [reference for reference, _line in entry.occurrences]


def tidy(template):
    """Take out of an exported template what changes with each export, so that a change is a change of texts."""
    for name in DATES:
        template.metadata.pop(name, None)
    template.sort(key=lambda entry: (entry.msgid, entry.msgctxt or ""))
    template.save()


def merge(template, path, language):
    """Bring a language's file in step with the template.

    :returns: the texts for customers that are not translated
    """
    known = {entry.msgid: entry.msgstr for entry in polib.pofile(str(path))} if path.exists() else {}
    merged = polib.POFile(wrapwidth=0)
    merged.metadata = {**template.metadata, "Language": language}
    for entry in template:
        translation = known.get(entry.msgid, "")
        if translation or is_read_by_customers(references(entry)):
            merged.append(
                polib.POEntry(
                    msgid=entry.msgid,
                    msgstr=translation,
                    comment=entry.comment,
                    occurrences=entry.occurrences,
                    flags=[flag for flag in entry.flags if flag != "fuzzy"],
                )
            )
    if len(merged):
        merged.save(str(path))
    return [entry.msgid for entry in merged if not entry.msgstr and is_read_by_customers(references(entry))]


def main():
    for path in sorted(ADDONS.glob("*/i18n/*.pot")):
        template = polib.pofile(str(path), wrapwidth=0)
        tidy(template)
        print(f"{path.stem}: {len(template)} texts")
        for language in LANGUAGES:
            missing = merge(template, path.with_name(f"{language}.po"), language)
            for text in missing:
                print(f"  {language}: not translated: {text!r}")


if __name__ == "__main__":
    main()
