"""What a trace says was given, cut, denied and left out, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from loyalty.money import to_decimal_string

_CUT = {
    "pot": gettext_lazy(
        "Cut to %(granted)s of %(requested)s %(currency)s by the most that all may get together."
    ),
    "milestone_held": gettext_lazy("Nothing given: this milestone has its reward already."),
    "kept_before": gettext_lazy("Nothing given: this reward was kept when the purchase was refunded."),
}
_LIMITED = gettext_lazy("Cut to %(granted)s of %(requested)s %(currency)s by a limit.")
_GIVEN = gettext_lazy("Card %(card)s gets %(granted)s %(currency)s.")
_DONE = gettext_lazy("Card %(card)s: the action was carried out.")
_WOULD_GIVE = gettext_lazy(
    "In shadow mode “%(campaign)s” would have given card %(card)s %(granted)s %(currency)s."
)
_LEFT_OUT = {
    "stacked_out": gettext_lazy("“%(campaign)s” was left out: “%(other)s” of the same group applied."),
    "excluded": gettext_lazy("“%(campaign)s” was left out: nothing applies beside “%(other)s”."),
}
_DENIED = {
    "card_blocked": gettext_lazy("Card %(card)s gets nothing: it was blocked."),
    "card_closed": gettext_lazy("Card %(card)s gets nothing: it was closed."),
    "nothing_to_give": gettext_lazy("Card %(card)s gets nothing: the amount comes to nothing."),
    "nothing_to_multiply": gettext_lazy("Card %(card)s gets nothing: there is no reward to multiply."),
}


@dataclass(frozen=True, slots=True)
class GrantExplained:
    """One thing that came of an event, or did not.

    `result` is given, cut, denied, left_out or shadow; `card_id` whose it is, None where it is about a campaign.
    `campaign` is its key, empty where the trace names none.
    """

    result: str
    sentence: str
    card_id: int | None = None
    campaign: str = ""


def explain_grants(
    trace: Mapping[str, Any], *, numbers: Mapping[int, str], decimals: Mapping[str, int]
) -> Iterator[GrantExplained]:
    """What was given, cut and denied; cards by number, currencies by their decimals."""
    for one in trace.get("rewards", ()):
        values, whose = _values(one, numbers, decimals), (one["card"], one["campaign"])
        if one["granted"]:
            yield GrantExplained("given", str(_GIVEN if one["currency"] else _DONE) % values, *whose)
        if one.get("cut"):
            yield GrantExplained("cut", str(_CUT.get(one["cut"], _LIMITED)) % values, *whose)
    for one in trace.get("denied", ()):
        text: str | Promise = _DENIED.get(one["code"], gettext_lazy("Card %(card)s gets nothing."))
        told = str(text) % {"card": numbers.get(one["card"], one["card"])}
        yield GrantExplained("denied", told, one["card"])


def explain_rewards(
    trace: Mapping[str, Any], *, numbers: Mapping[int, str], decimals: Mapping[str, int]
) -> Iterator[str]:
    """The sentences of `explain_grants`."""
    for grant in explain_grants(trace, numbers=numbers, decimals=decimals):
        yield grant.sentence


def explain_left_out(trace: Mapping[str, Any], *, names: Mapping[str, str]) -> Iterator[GrantExplained]:
    """Which campaigns fired and did not apply, since another one of their group did."""
    for one in trace.get("left_out", ()):
        told = {
            name: names.get(key) or key for name, key in (("campaign", one["campaign"]), ("other", one["by"]))
        }
        yield GrantExplained("left_out", str(_LEFT_OUT[one["code"]]) % told, None, one["campaign"])


def explain_shadow(
    trace: Mapping[str, Any],
    *,
    names: Mapping[str, str],
    numbers: Mapping[int, str],
    decimals: Mapping[str, int],
) -> Iterator[GrantExplained]:
    """What campaigns in shadow mode would have given."""
    for one in trace.get("shadow", ()):
        values = _values(one, numbers, decimals)
        told = {"campaign": names.get(one["campaign"]) or one["campaign"], **values}
        yield GrantExplained("shadow", str(_WOULD_GIVE) % told, one["card"], one["campaign"])


def _values(
    one: Mapping[str, Any], numbers: Mapping[int, str], decimals: Mapping[str, int]
) -> dict[str, object]:
    places = decimals.get(one["currency"] or "", 0)
    return {
        "card": numbers.get(one["card"], one["card"]),
        "currency": one["currency"] or "",
        "granted": to_decimal_string(one["granted"], places),
        "requested": to_decimal_string(one["requested"], places),
    }
