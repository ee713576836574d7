"""A condition of the host's that is broken: it raises for orders of 13."""

from django import forms

from loyalty.rules import Condition, Outcome, register_condition


@register_condition
class Unlucky(Condition):
    """Fails on its own account."""

    kind = "store.unlucky"
    label = "Unlucky"

    class Params(forms.Form):
        """None."""

    def check(self, about, event, params):
        if event.payload["total"].startswith("13"):
            raise RuntimeError("A mistake of the host's.")
        return Outcome.when(True, code="unlucky")
