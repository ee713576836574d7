"""The history of a campaign: what changed from one revision to another, in sentences."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.utils import translation

from loyalty.models import CampaignRevision, Program
from loyalty.selectors import Change, diff_definitions, diff_revisions, list_revisions
from loyalty.services import pause_campaign, publish_campaign, save_draft
from loyalty.services.drafts import definition_of

pytestmark = pytest.mark.django_db

AT = datetime(2025, 1, 1, tzinfo=UTC)
BASE: dict[str, Any] = {
    "key": "five-percent",
    "name": "Five percent",
    "trigger": {"kind": "loyalty.purchase"},
    "conditions": [[{"kind": "loyalty.source", "params": {"sources": ["till"]}}]],
    "actions": [
        {
            "slot": "buyer-points",
            "kind": "loyalty.credit",
            "currency": "points",
            "amount": {"kind": "loyalty.percent", "percent": "5"},
        }
    ],
    "limits": [{"per": "recipient", "measure": "times", "max": "3", "period": "month"}],
}
TOTAL = {"kind": "loyalty.purchase_total", "params": {"minimum": "500.00"}}


def changed(**changes: Any) -> dict[str, Any]:
    return {**deepcopy(BASE), **changes}


def action(**changes: Any) -> dict[str, Any]:
    return changed(actions=[{**deepcopy(BASE["actions"][0]), **changes}])


def publish(program: Program, definition: dict[str, Any]) -> CampaignRevision:
    campaign = save_draft(program=program, definition=definition)
    revision = publish_campaign(campaign=campaign, effective_from=AT, allow_past=True).revision
    assert revision is not None
    return revision


def sentences(program: Program, definition: dict[str, Any], old: dict[str, Any] = BASE) -> list[str]:
    """What is said of a second revision."""
    before, after = publish(program, old), publish(program, definition)
    return [change.sentence for change in diff_revisions(before, after)]


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        pytest.param(changed(name="5 %"), ["Name: Five percent → 5 %"], id="name"),
        pytest.param(changed(priority=10), ["Priority: 100 → 10"], id="priority"),
        pytest.param(
            changed(stacking={"group": "base", "mode": "best"}),
            ["Stacking group: – → base (of the group apply: the best for the member)"],
            id="stacking",
        ),
        pytest.param(
            changed(ends_at="2025-06-01T00:00:00Z"), ["Ends at: – → 2025-06-01T00:00:00Z"], id="dates"
        ),
        pytest.param(
            changed(
                trigger={"kind": "loyalty.card_enrolled"},
                actions=[
                    {
                        **BASE["actions"][0],
                        "amount": {"kind": "loyalty.fixed", "value": "100"},
                    }
                ],
            ),
            [
                "Trigger: Purchase → Card enrolled",
                "On refund: taken back in proportion → kept while the conditions hold in action buyer-points",
                "Amount: Percent of the purchase (percent 5) → Fixed amount (amount 100) in action buyer-points",
            ],
            id="trigger-and-kind-of-amount",
        ),
        pytest.param(
            action(amount={"kind": "loyalty.percent", "percent": "10.0"}),
            ["Percent: 5 → 10 in action buyer-points"],
            id="setting-of-an-amount",
        ),
        pytest.param(
            action(
                amount={"kind": "loyalty.percent", "percent": "5", "rounding": "nearest", "maximum": "50"}
            ),
            [
                "At most: – → 50 in action buyer-points",
                "Rounding: down → to the nearest, a half up in action buyer-points",
            ],
            id="choices-by-their-labels",
        ),
        pytest.param(
            action(recipient="parent_card"),
            ["Recipient: card → parent card in action buyer-points"],
            id="recipient",
        ),
        pytest.param(action(pot={"percent": "15"}), ["Pot: – → percent 15 in action buyer-points"], id="pot"),
        pytest.param(
            changed(conditions=[[*BASE["conditions"][0], TOTAL]]),
            ["Condition added: Total of the purchase (at least 500)"],
            id="condition-added",
        ),
        pytest.param(
            changed(conditions=[]), ["Condition removed: Source (sources till)"], id="condition-removed"
        ),
        pytest.param(
            changed(
                conditions=[
                    [{**BASE["conditions"][0][0], "negate": True, "params": {"sources": ["till", "web"]}}]
                ]
            ),
            ["Not: no → yes in condition “Source”", "Sources: till → till, web in condition “Source”"],
            id="setting-of-a-condition",
        ),
        pytest.param(
            changed(conditions=[[TOTAL], *BASE["conditions"]]),
            ["Condition added to group 1: Total of the purchase (at least 500)"],
            id="group-added",
        ),
        pytest.param(
            changed(conditions=[[{**BASE["conditions"][0][0], "about": "parent_card"}]]),
            ["About: card → parent card in condition “Source”"],
            id="about",
        ),
        pytest.param(
            changed(limits=[]),
            ["Limit removed: times: at most 3 per recipient, period: month"],
            id="limit-removed",
        ),
        pytest.param(
            changed(limits=[{**BASE["limits"][0], "max": "5", "at_edge": "skip"}]),
            [
                "At most: 3 → 5 in limit “times: at most 5 per recipient, period: month”",
                "At the edge: cut → skip in limit “times: at most 5 per recipient, period: month”",
            ],
            id="setting-of-a-limit",
        ),
        pytest.param(
            changed(limits=[{**BASE["limits"][0], "period": "quarter"}]),
            [
                "Limit removed: times: at most 3 per recipient, period: month",
                "Limit added: times: at most 3 per recipient, period: quarter",
            ],
            id="another-limit",
        ),
        pytest.param(
            changed(actions=[{**BASE["actions"][0], "slot": "gift"}]),
            [
                "Action removed: buyer-points: Give points, to: card, amount: Percent of the purchase (percent 5), "
                "currency: points",
                "Action added: gift: Give points, to: card, amount: Percent of the purchase (percent 5), "
                "currency: points",
            ],
            id="another-slot",
        ),
    ],
)
def test_changes_are_told_in_sentences(program, definition, expected):
    assert sentences(program, definition) == expected


def test_a_change_has_its_place_and_both_values(program):
    before = publish(program, BASE)
    after = publish(program, action(amount={"kind": "loyalty.percent", "percent": "10"}))

    assert diff_revisions(before, after) == [
        Change(
            path="actions[buyer-points].amount.percent",
            label="Percent",
            before="5",
            after="10",
            sentence="Percent: 5 → 10 in action buyer-points",
        )
    ]


def test_what_was_added_has_no_before(program):
    before = publish(program, BASE)
    after = publish(program, changed(conditions=[[*BASE["conditions"][0], TOTAL]]))

    (change,) = diff_revisions(before, after)
    assert (change.path, change.before, change.after) == (
        "conditions[0][1]",
        "",
        "Total of the purchase (at least 500)",
    )
    (change,) = diff_revisions(after, before)
    assert (change.before, change.after) == ("Total of the purchase (at least 500)", "")


def test_the_order_of_actions_and_of_conditions_says_nothing(program):
    other = {**BASE["actions"][0], "slot": "other"}
    one = changed(actions=[BASE["actions"][0], other], conditions=[[*BASE["conditions"][0], TOTAL]])
    two = changed(actions=[other, BASE["actions"][0]], conditions=[[TOTAL, *BASE["conditions"][0]]])

    assert sentences(program, two, old=one) == []


def test_a_kind_that_is_registered_no_more_still_has_a_name(program):
    before = publish(program, BASE)
    stored = deepcopy(before.definition)
    stored["conditions"][0][0]["kind"] = "gone.rule"
    after = CampaignRevision(campaign=before.campaign, number=2, definition=stored)

    assert [change.sentence for change in diff_revisions(before, after)] == [
        "Condition removed: Source (sources till)",
        "Condition added: gone.rule (sources till)",
    ]


def test_a_setting_that_rules_got_since_is_no_change(program):
    revision = publish(program, BASE)
    old = deepcopy(revision.definition)
    del old["actions"][0]["amount"]["rounding"], old["limits"][0]["at_edge"]

    assert diff_revisions(CampaignRevision(campaign=revision.campaign, definition=old), revision) == []


def test_a_draft_beside_what_is_published(program):
    revision = publish(program, BASE)
    campaign = save_draft(program=program, definition=changed(priority=50))

    assert [change.sentence for change in diff_definitions(revision.definition, definition_of(campaign))] == [
        "Priority: 100 → 50"
    ]


def test_sentences_are_in_the_active_language(program, monkeypatch):
    """Labels of rules and sentences come from the catalogue at the moment of reading."""
    before, after = (
        publish(program, BASE),
        publish(program, changed(conditions=[[*BASE["conditions"][0], TOTAL]])),
    )
    russian = {
        "Condition added: %(condition)s": "Добавлено условие: %(condition)s",
        "Total of the purchase": "Сумма покупки",
        "at least": "не меньше",
    }
    from django.utils.translation import trans_real

    with translation.override("ru"):
        catalogue = trans_real.catalog()
        known = catalogue.gettext
        monkeypatch.setattr(catalogue, "gettext", lambda text: russian.get(text) or known(text))
        (change,) = diff_revisions(before, after)
        assert change.sentence == "Добавлено условие: Сумма покупки (не меньше 500)"
    with translation.override("en"):
        (change,) = diff_revisions(before, after)
        assert change.sentence == "Condition added: Total of the purchase (at least 500)"


def test_revisions_are_listed_with_what_was_decided_about_them(program):
    publish(program, BASE)
    campaign = save_draft(program=program, definition=changed(priority=50))
    staff = get_user_model().objects.create_user("marketer")
    publish_campaign(campaign=campaign, effective_from=AT, actor=staff, allow_past=True)
    pause_campaign(campaign=campaign, effective_from=AT, allow_past=True)

    second, first = list_revisions(campaign)

    assert (second.number, first.number) == (2, 1)
    assert (first.definition["priority"], second.definition["priority"]) == (100, 50)
    (decided,) = second.publications
    assert (decided.action, decided.label, decided.effective_from, decided.actor) == (
        "publish",
        "published",
        AT,
        "marketer",
    )
