"""Counts of friends in plain words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from loyalty.rules import Settings
from loyalty.rules.phrases import PARENT, Clause, Telling, number
from referrals.journey import QUALIFIED, REGISTERED

_TRIGGERS = {"registered": REGISTERED, "qualified": QUALIFIED}

# (match, stage, whether they are the reader's own) -> how a sentence begins.
_OPENINGS = {
    ("every", "qualified", False): ngettext_lazy(
        "For every %(count)s client registered by the parent card's link who makes a first purchase",
        "For every %(count)s clients registered by the parent card's link who make a first purchase",
        "number",
    ),
    ("every", "qualified", True): ngettext_lazy(
        "For every %(count)s friend of yours who makes a first purchase",
        "For every %(count)s friends of yours who make a first purchase",
        "number",
    ),
    ("every", "registered", False): ngettext_lazy(
        "For every %(count)s client who registers by the parent card's link",
        "For every %(count)s clients who register by the parent card's link",
        "number",
    ),
    ("every", "registered", True): ngettext_lazy(
        "For every %(count)s friend who registers by your link",
        "For every %(count)s friends who register by your link",
        "number",
    ),
    ("at", "qualified", False): ngettext_lazy(
        "As soon as %(count)s client registered by the parent card's link has made a first purchase",
        "As soon as %(count)s clients registered by the parent card's link have made a first purchase",
        "number",
    ),
    ("at", "qualified", True): ngettext_lazy(
        "As soon as %(count)s friend of yours has made a first purchase",
        "As soon as %(count)s friends of yours have made a first purchase",
        "number",
    ),
    ("at", "registered", False): ngettext_lazy(
        "As soon as %(count)s client has registered by the parent card's link",
        "As soon as %(count)s clients have registered by the parent card's link",
        "number",
    ),
    ("at", "registered", True): ngettext_lazy(
        "As soon as %(count)s friend has registered by your link",
        "As soon as %(count)s friends have registered by your link",
        "number",
    ),
}
# Every single one: no number in it.
_EACH = {
    ("qualified", False): gettext_lazy(
        "For every client registered by the parent card's link who makes a first purchase"
    ),
    ("qualified", True): gettext_lazy("For every friend of yours who makes a first purchase"),
    ("registered", False): gettext_lazy("For every client who registers by the parent card's link"),
    ("registered", True): gettext_lazy("For every friend who registers by your link"),
}
_CLAUSES = {
    ("at", "qualified"): gettext_lazy(
        "the number of friends with a purchase whom %(card)s brought is %(count)s"
    ),
    ("at", "registered"): gettext_lazy("the number of friends whom %(card)s brought is %(count)s"),
    ("every", "qualified"): gettext_lazy(
        "the number of friends with a purchase whom %(card)s brought is a multiple of %(count)s"
    ),
    ("every", "registered"): gettext_lazy(
        "the number of friends whom %(card)s brought is a multiple of %(count)s"
    ),
    ("at_least", "qualified"): gettext_lazy(
        "the number of friends with a purchase whom %(card)s brought is at least %(count)s"
    ),
    ("at_least", "registered"): gettext_lazy(
        "the number of friends whom %(card)s brought is at least %(count)s"
    ),
}


def friends_clause(params: Settings, telling: Telling) -> Clause:
    """The question whether so many friends were brought; about the card that the trigger raises the count of, an opening."""
    match, stage, count = params["match"], params["stage"], params["count"]
    holds = str(_CLAUSES[match, stage]) % {"card": telling.card, "count": number(count)}
    if telling.about != PARENT or telling.trigger != _TRIGGERS[stage] or match == "at_least":
        return Clause(holds)
    if telling.you == "card":
        return Clause(holds)
    yours = bool(telling.you)
    if (match, count) == ("every", 1):
        return Clause(holds, opening=str(_EACH[stage, yours]))
    return Clause(
        holds, opening=str(_OPENINGS[match, stage, yours] % {"number": count, "count": number(count)})
    )


def friends_text(current: int, target: int) -> str:
    """How far it is, e.g. "1 of 3 friends"."""
    text = ngettext("%(current)s of %(target)s friend", "%(current)s of %(target)s friends", target)
    return text % {"current": number(current), "target": number(target)}
