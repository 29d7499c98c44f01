"""Effects that the shop carries out later: handed over in bulk, each row an operation, followed to their ends.

``accepted`` is no success. An operation ends complete (and its result may still hold the errors of a price update),
failed for now, failed for good, or rejected. Only batches of absolute values go this way: a row that is carried out
twice, or late, is what it was.
"""

from __future__ import annotations

import json
import re

from .amounts import text, whole_number
from .effect_base import ALREADY_DONE, DONE, Outcome, Submitted, said
from .effects import effect_kind
from .errors import RECORD, TRANSIENT, ShopError, failure, mask
from .rest_push import push_many
from .streams import ASYNC_BULK
from .update_errors import errors_in, refusal

MOST_OPERATIONS = 1000
COMPLETE, FAILED_FOR_NOW, FAILED, OPEN, REJECTED = range(1, 6)


def submit(shop, effects, unsure=()):
    """Hand effects over, where the shop has the feature. See :meth:`~.shop.Shop.submit`.

    :param RestShop shop: where
    """
    effects = list(effects)
    if not shop.has(ASYNC_BULK):
        return push_many(shop, effects, unsure)
    results, groups, alone = [None] * len(effects), {}, []
    for position, effect in enumerate(effects):
        try:
            batch = _batch(shop, effect)
        except ShopError as error:
            results[position] = error
            continue
        if batch:
            groups.setdefault(batch, []).append(position)
        else:
            alone.append(position)
    for batch, positions in groups.items():
        for start in range(0, len(positions), MOST_OPERATIONS):
            part = positions[start : start + MOST_OPERATIONS]
            found = _submit_part(shop, batch, [effects[position] for position in part], unsure)
            results = _placed(results, part, found)
    return _placed(results, alone, push_many(shop, [effects[position] for position in alone], unsure))


def _batch(shop, effect):
    kind = effect_kind(effect)
    return kind.batch(shop, effect) if kind.batch else None


def _placed(results, positions, found):
    placed = dict(zip(positions, found, strict=True))
    return [placed.get(position, result) for position, result in enumerate(results)]


def _submit_part(shop, batch, effects, unsure):
    """Hand one batch's effects over; where its rows cannot be told together, push them instead."""
    try:
        doubtful = [effect for effect in effects if effect.key in unsure]
        there = said(batch.present, shop, doubtful) if doubtful else ()
        present = {effect.key for effect, found in zip(doubtful, there, strict=True) if found}
        told = zip(effects, said(batch.rows, shop, effects), strict=True)
        rows = [None if effect.key in present else row for effect, row in told]
        sent = [index for index, row in enumerate(rows) if row is not None]
        if not sent:
            return [Outcome(ALREADY_DONE, batch.name) for _row in rows]
        bodies = [_body(batch, effects[index], rows[index]) for index in sent]
        answer = shop.submit_bulk("POST", _bulk_path(batch.path), bodies)
    except ShopError as error:
        return push_many(shop, effects, unsure) if error.kind == RECORD else [error] * len(effects)
    results = [Outcome(ALREADY_DONE, batch.name) for _row in rows]
    return _placed(results, sent, _accepted(answer, len(sent)))


def _bulk_path(path):
    """``sharedCatalog/{sharedCatalogId}/assignTierPrices`` → ``sharedCatalog/bySharedCatalogId/assignTierPrices``."""
    return re.sub(r"\{(\w)(\w*)\}", lambda name: f"by{name[1].upper()}{name[2]}", path)


def _body(batch, effect, row):
    names = re.findall(r"\{(\w+)\}", batch.path)
    return {**dict.fromkeys(names, effect.target), batch.field: [row]}


def _accepted(answer, count):
    """Return what each operation was answered with."""
    bulk = text(answer.get("bulk_uuid")) if isinstance(answer, dict) else ""
    items = answer.get("request_items") if isinstance(answer, dict) else None
    if not bulk or not isinstance(items, list):
        return [failure("unexpected", "POST", "async/bulk: no bulk_uuid")] * count
    told = {whole_number(item.get("id")): item for item in items if isinstance(item, dict)}
    results = []
    for index in range(count):
        item = told.get(index, {})
        if text(item.get("status")) == "rejected":
            words = mask(text(item.get("error_message")) or "rejected")[:300]
            results.append(ShopError(RECORD, "refused", f"The shop refuses this: {words}", detail=words))
        else:
            results.append(Submitted(bulk, index))
    return results


def follow(shop, bulk):
    """Return what became of a bulk's operations. See :meth:`~.shop.Shop.follow`.

    :param RestShop shop: where
    """
    answer = shop.call("GET", f"bulk/{bulk}/detailed-status")
    rows = answer.get("operations_list") if isinstance(answer, dict) else None
    if not isinstance(rows, list):
        raise failure("unexpected", "GET", "bulk: no list of operations")
    rows = sorted((row for row in rows if isinstance(row, dict)), key=lambda row: whole_number(row.get("id")) or 0)
    count = whole_number(answer.get("operation_count")) or len(rows)
    numbered = all((whole_number(row.get("id")) or 0) < count for row in rows)
    return {(whole_number(row.get("id")) or 0) if numbered else place: _ended(row) for place, row in enumerate(rows)}


def _ended(row):
    status, words = whole_number(row.get("status")), mask(text(row.get("result_message")))[:300]
    if status == COMPLETE:
        return _completed(row)
    if status == FAILED_FOR_NOW:
        return ShopError(TRANSIENT, "failed_for_now", f"The shop could not do this now: {words}", detail=words)
    if status in (FAILED, REJECTED):
        return ShopError(RECORD, "refused", f"The shop refuses this: {words}", detail=words)
    return None


def _completed(row):
    """A price update that the shop calls complete may hold the errors of its row."""
    try:
        result = json.loads(row.get("result_serialized_data") or "null")
    except (TypeError, ValueError):
        result = None
    errors = errors_in(result)
    if errors:
        return refusal(errors[0])
    return Outcome(DONE, text(result) if isinstance(result, (int, str)) and not isinstance(result, bool) else "")
