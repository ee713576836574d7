"""What we give to the tests of hosts works in a host's `TestCase`."""

from django.test import TestCase

from loyalty import services
from loyalty.models import Event
from loyalty.testing import balance_of, captured_signals, give_points, process_inbox
from tests.factories import UserFactory


class CheckoutTest(TestCase):
    """A host's test: in a transaction that never commits."""

    def setUp(self):
        services.create_program(slug="club", currencies=[{"code": "points"}])
        self.user = UserFactory()
        self.card = services.enrol_card(user=self.user)

    def buy(self):
        services.record_purchase(user=self.user, external_id=1, total=10)
        return Event.objects.get(kind="loyalty.purchase")

    def test_the_inbox_is_drained_on_demand(self):
        assert self.buy().status == "pending"

        assert process_inbox() == 2
        assert Event.objects.get(kind="loyalty.purchase").status == "processed"
        assert process_inbox(program="club") == 0

    def test_what_follows_on_commit_can_be_captured(self):
        with self.captureOnCommitCallbacks(execute=True):
            event = self.buy()

        event.refresh_from_db()
        assert event.status == "processed"

    def test_points_to_spend(self):
        give_points(self.card, "12")

        assert balance_of(self.card) == "12"
        assert balance_of(self.card, currency="points") == "12"

    def test_signals_are_captured_within_the_block_only(self):
        with captured_signals() as told:
            process_inbox()
        assert told == []
