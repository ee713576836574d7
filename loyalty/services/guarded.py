"""Where nothing of ours may go wrong: in the middle of a host's checkout (S6)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import TypeVar

from django.db import router, transaction

from loyalty.exceptions import CardNotFound, ProgramNotFound
from loyalty.models import Event

logger = logging.getLogger("loyalty.receivers")

T = TypeVar("T")


def call_guarded(service: Callable[..., T], fields: Mapping[str, object]) -> T | None:
    """What the service answers; None when it raised: that is logged, and the caller's transaction lives on.

    Within a transaction the service runs in a savepoint, since a database error outside of one would end the
    transaction. A buyer without a card is no mistake: it is noted at level INFO.
    """
    using = router.db_for_write(Event)
    inside = transaction.get_connection(using).in_atomic_block
    try:
        with transaction.atomic(using=using) if inside else nullcontext():
            return service(**fields)
    except CardNotFound:
        logger.info("%s was passed over: there is no such card.", service.__name__)
    except ProgramNotFound as refusal:
        # On a new site the first users come before the program: a sentence is enough.
        logger.error("%s: %s; the sender of the signal was not disturbed.", service.__name__, refusal)
    except Exception:
        logger.exception("%s failed; the sender of the signal was not disturbed.", service.__name__)
    return None
