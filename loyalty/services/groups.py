"""Ready-made groups of staff. The table of `GROUPS` says what each may do; apps add to it by `register_group_permissions`.

| group | may |
|---|---|
| Loyalty marketer | set programs up; draft, publish, pause, archive campaigns; see cards, rewards, purchases, dashboard |
| Loyalty support | see cards and why their points came; correct, block, renumber and move cards; try failed events again |
| Loyalty accountant | see the ledger, purchases, refunds and the dashboard; no names of members |
| Loyalty auditor | see everything, change nothing |
| Loyalty till | use the API of tills |

Nobody gets `backdate_campaign`, `adjust_without_limit` and `upload_events` by a group: these are given to persons. The
answers of the API kept with idempotency keys are for superusers, since they may hold personal data.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

MARKETER, SUPPORT = "Loyalty marketer", "Loyalty support"
ACCOUNTANT, AUDITOR, TILL = "Loyalty accountant", "Loyalty auditor", "Loyalty till"

_CAMPAIGNS = ("campaign", "campaigncondition", "campaignaction", "campaignlimit")
_PUBLISHED = ("campaignrevision", "campaignpublication", "segment", "segmentrevision")
_EVENTS = ("event", "evaluation", "purchase", "purchaseline", "refund", "reward")
_LEDGER = ("wallet", "ledgerentry", "lot", "lotallocation", "spend", "adjustment")
_CARDS = ("card", "cardnumber", "cardattribute", "cardholder", "cardmerge", "cardqueue")
_HISTORY = ("cardstatuschange", "parentchange", "numberchange")
_DAYS = ("dayactivity", "daymovement", "dayparent", "dayrefresh")
_SETUP = ("program", "currency")
_OTHERS = ("segmentmember", "limitcounter", "schedulerun", "schedulepresence", "outboxmessage")


def _view(*models: str) -> frozenset[str]:
    return frozenset(f"loyalty.view_{model}" for model in models)


def _may(*names: str) -> frozenset[str]:
    return frozenset(f"loyalty.{name}" for name in names)


GROUPS: dict[str, frozenset[str]] = {
    MARKETER: _view(*_CAMPAIGNS, *_PUBLISHED, *_EVENTS, *_SETUP, "card", "limitcounter")
    | _may(
        "add_program",
        "add_currency",
        "add_campaign",
        "change_campaign",
        "delete_campaign",
        "publish_campaign",
        "pause_campaign",
        "archive_campaign",
        "view_dashboard",
    ),
    SUPPORT: _view(*_CARDS, *_HISTORY, *_EVENTS, *_LEDGER, *_SETUP, "campaign")
    | _may("adjust_balance", "block_card", "replace_number", "move_card", "retry_event"),
    ACCOUNTANT: _view(*_LEDGER, *_DAYS, *_SETUP, "purchase", "purchaseline", "refund", "reward")
    | _may("view_dashboard"),
    AUDITOR: _view(
        *_CAMPAIGNS,
        *_PUBLISHED,
        *_EVENTS,
        *_LEDGER,
        *_CARDS,
        *_HISTORY,
        *_DAYS,
        *_SETUP,
        *_OTHERS,
    )
    | _may("view_dashboard"),
    TILL: _may("use_till"),
}

_added: dict[str, set[str]] = {}


def register_group_permissions(group: str, permissions: Iterable[str]) -> None:
    """Let one of our groups also have an app's own permissions, such as "shop.view_warranty".

    Call it from the app's `loyalty_rules`. Raises ValueError for a group that is not one of `GROUPS`.
    """
    if group not in GROUPS:
        raise ValueError(f"There is no group “{group}”. The groups are {', '.join(GROUPS)}.")
    _added.setdefault(group, set()).update(permissions)


def permissions_of(group: str) -> frozenset[str]:
    """What a group may do, what apps added included."""
    return GROUPS[group] | _added.get(group, set())


def make_groups() -> dict[str, int]:
    """Create the groups, or give them again exactly what they are meant to have; answers how many permissions each has.

    Members stay. Other groups are left alone: for other rights make groups of your own. Raises ValueError for a
    permission that is not in the database: run the migrations first.
    """
    made = {}
    with transaction.atomic():
        for name in GROUPS:
            wanted = permissions_of(name)
            found = list(_stored(wanted))
            missing = wanted - {f"{one.content_type.app_label}.{one.codename}" for one in found}
            if missing:
                names = ", ".join(sorted(missing))
                raise ValueError(f"These permissions do not exist: {names}. Run the migrations first.")
            group, _created = Group.objects.get_or_create(name=name)
            group.permissions.set(found)
            made[name] = len(found)
    return made


def _stored(names: Iterable[str]) -> Iterable[Permission]:
    wanted = Q(pk__in=[])
    for name in names:
        label, _dot, codename = name.partition(".")
        wanted |= Q(content_type__app_label=label, codename=codename)
    return Permission.objects.filter(wanted).select_related("content_type")
