"""`loyalty_campaigns diff`: what changed from one revision of a campaign to another, or to its draft."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from loyalty.models import Campaign
from loyalty.services import save_draft
from tests.loyalty.campaigns.test_revisions import BASE, changed, publish

pytestmark = pytest.mark.django_db


def run(*args: str) -> str:
    out = StringIO()
    call_command("loyalty_campaigns", "diff", *args, stdout=out)
    return out.getvalue()


def test_the_command_tells_what_changed(program):
    publish(program, BASE)
    publish(program, changed(priority=50))
    save_draft(program=program, definition=changed(priority=70))

    assert run("five-percent") == "Priority: 50 → 70\n"
    assert run("five-percent", "--from", "1") == "Priority: 100 → 70\n"
    assert run("five-percent", "--to", "2") == "Priority: 100 → 50\n"
    assert run("five-percent", "--from", "2", "--to", "1") == "Priority: 50 → 100\n"
    assert run("five-percent", "--from", "2", "--to", "2") == "Nothing changed.\n"


@pytest.mark.parametrize(
    ("args", "refusal"),
    [
        pytest.param(("nobody",), "There is no campaign “nobody”.", id="no-campaign"),
        pytest.param(("five-percent",), "There is no revision 0. There are: –.", id="never-published"),
        pytest.param(
            ("five-percent", "--to", "last"), "--to is the number of a revision, or draft.", id="word"
        ),
    ],
)
def test_the_command_says_what_is_missing(program, args, refusal):
    save_draft(program=program, definition=BASE)
    assert Campaign.objects.count() == 1

    with pytest.raises(CommandError) as error:
        run(*args)
    assert str(error.value) == refusal
