"""An admin with the theme django-unfold: our pages open; the editor's buttons draw it anew, add a condition, and save.

`DJANGO_SETTINGS_MODULE=tests.settings_unfold python -m tests.integration.under_unfold`
"""

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402
from django.urls import reverse  # noqa: E402

from loyalty import services  # noqa: E402
from tests.loyalty.admin.editor_desk import Desk, definition  # noqa: E402


def main() -> None:
    """Raises AssertionError where something does not work."""
    setup_test_environment()
    call_command("migrate", verbosity=0)
    program = services.create_program(slug="club")
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("root"))
    (campaign,) = services.fill_preset(preset="loyalty.levels_of_purchase", program=program)

    desk = Desk(client, campaign)
    assert 'class="bg-white' in desk.html  # it is unfold's page
    assert desk.html.count("data-campaign-editor") == 1
    assert "style=" not in desk.html[desk.html.index("<form method") : desk.html.index("ce-save")]
    desk.press("add limits")
    row = desk.data["limits"][0]
    desk.type(**{f"{row}-max": "5"})
    assert desk.save() == campaign
    assert [one["max"] for one in definition(campaign)["limits"]] == ["5"]

    desk = Desk(client)
    desk.press("add groups")
    desk.type(
        **{"campaign-name": "New", "a1-amount-p-percent": "5", "c2-kind": "referrals.registered_via_link"}
    )
    desk.press("redraw")
    made = desk.save()
    assert made is not None
    assert definition(made)["conditions"][0][0]["kind"] == "referrals.registered_via_link"

    card = services.enrol_card(program=program, external_id="anna")
    pages = {
        "campaign_gallery": [],
        "campaign_test": [made.pk],
        "card_changelist": [],
        "card_change": [card.pk],
        "card_adjust": [card.pk],
        "dashboard_changelist": [],
    }
    for name, args in pages.items():
        answer = client.get(reverse(f"admin:loyalty_{name}", args=args))
        assert answer.status_code == 200, name
        assert 'class="bg-white' in answer.content.decode(), name


if __name__ == "__main__":
    main()
