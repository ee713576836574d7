"""The rows of the editor: a condition, a group of them, an action, a limit. Each knows its part of the definition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from loyalty.admin.campaign_editor.forms import AboutForm, LimitForm, PotForm, RecipientForm, RefundForm
from loyalty.admin.campaign_editor.offer import Offer
from loyalty.admin.campaign_editor.settings_form import FieldView, SettingsForm
from loyalty.admin.campaign_editor.slots import RuleSlot
from loyalty.rules import registry

Stored = Mapping[str, Any]


class Row:
    """Has a short name that stays the same while rows are moved, and a place to show problems."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.problems: list[str] = []

    @property
    def focus_id(self) -> str:
        """The id of what gets the focus when the row is new."""
        return f"row-{self.token}"

    def note(self, name: str, message: str) -> None:
        """Show a problem of the row as a whole."""
        if message not in self.problems:
            self.problems.append(message)


class ConditionRow(Row):
    """One question."""

    def __init__(
        self, token: str, *, offer: Offer, data: QueryDict | None = None, stored: Stored | None = None
    ) -> None:
        super().__init__(token)
        told = stored or {}
        self.about = SettingsForm(
            AboutForm, prefix=token, offer=offer, data=data, stored=_only(told, "about", "negate")
        )
        self.slot = RuleSlot(
            registry.conditions,
            prefix=token,
            offer=offer,
            label=_("Condition"),
            data=data,
            kind=str(told.get("kind", "")),
            stored=told.get("params"),
        )

    @property
    def slots(self) -> list[RuleSlot]:
        """The rules of the row."""
        return [self.slot]

    @property
    def forms(self) -> list[SettingsForm]:
        """The forms of the row beside those of its rules."""
        return [self.about]

    @property
    def is_valid(self) -> bool:
        """Whether nothing is wrong as far as is known."""
        return not self.problems and self.slot.is_valid and self.about.is_valid

    def definition(self) -> dict[str, Any]:
        """As in a campaign file."""
        return {"kind": self.slot.kind, **self.about.values(), "params": self.slot.values()}

    def spots(self, path: str) -> dict[str, Any]:
        """Where problems with these paths are shown."""
        return {
            path: self,
            f"{path}.kind": _AtKind(self.slot),
            f"{path}.params": self.slot,
            f"{path}.about": _At(self.about, "about"),
        }


class Group(Row):
    """Conditions that must hold together."""

    def __init__(self, token: str, conditions: list[ConditionRow]) -> None:
        super().__init__(token)
        self.conditions = conditions

    @property
    def list_name(self) -> str:
        """The list of its conditions, as commands name it."""
        return f"{self.token}-conditions"


class ActionRow(Row):
    """What is given to whom. Of its parts those are drawn that its kind and recipient have."""

    def __init__(
        self, token: str, *, offer: Offer, data: QueryDict | None = None, stored: Stored | None = None
    ) -> None:
        super().__init__(token)
        told = dict(stored or {})
        self.name = str(told.get("slot") or "") if data is None else data.get(f"{token}-slot", "")
        self.slot = RuleSlot(
            registry.actions,
            prefix=token,
            offer=offer,
            label=_("Action"),
            data=data,
            kind=str(told.get("kind", "")),
            stored=told.get("params"),
        )
        self.to = SettingsForm(
            RecipientForm,
            prefix=token,
            offer=offer,
            data=_complete(data, token),
            stored={**_recipient(told.get("recipient", "card")), **_only(told, "currency")},
            redraws=("recipient",),
        )
        amount = dict(told.get("amount") or {})
        self.amount = RuleSlot(
            registry.amounts,
            prefix=f"{token}-amount",
            offer=offer,
            label=_("How much"),
            data=data,
            kind=str(amount.pop("kind", "")),
            stored=amount,
        )
        refund = _only(told, "on_refund")
        self.refund = SettingsForm(RefundForm, prefix=token, offer=offer, data=data, stored=refund)
        pot = data if data is not None and f"{token}-pot-cut" in data else None
        self.pot = SettingsForm(PotForm, prefix=f"{token}-pot", offer=offer, data=pot, stored=told.get("pot"))

    @property
    def slots(self) -> list[RuleSlot]:
        """The rules of the row."""
        return [self.slot, self.amount] if self.gives_amount else [self.slot]

    @property
    def forms(self) -> list[SettingsForm]:
        """The forms of the row beside those of its rules."""
        return [self.to, self.refund, self.pot] if self.gives_amount else [self.to, self.refund]

    @property
    def gives_amount(self) -> bool:
        """Whether it asks how much."""
        return bool(self.slot.rule is not None and self.slot.rule.gives_amount)

    @property
    def has_currency(self) -> bool:
        """Whether it acts within a currency."""
        return bool(self.gives_amount or (self.slot.rule is not None and self.slot.rule.in_currency))

    @property
    def has_pot(self) -> bool:
        """Whether a pot is set, or something is wrong with it."""
        return self.pot.values()["percent"] not in (None, "") or not self.pot.is_valid

    @property
    def recipient_fields(self) -> list[FieldView]:
        """Who receives, and of what."""
        views = self.to.views
        shown = [views["recipient"]]
        if self.role == "ancestors":
            shown.append(views["blocked"])
        return [*shown, views["currency"]] if self.has_currency else shown

    @property
    def role(self) -> str:
        """Who receives."""
        return str(self.to.values()["recipient"] or "card")

    @property
    def is_valid(self) -> bool:
        """Whether nothing is wrong as far as is known."""
        is_set = all(slot.is_valid for slot in self.slots)
        return not self.problems and is_set and all(form.is_valid for form in self.forms)

    def definition(self, name: str) -> dict[str, Any]:
        """As in a campaign file, under the given name of its slot."""
        told = self.to.values()
        recipient: Any = self.role
        if recipient == "ancestors":
            recipient = {"role": recipient, "blocked": told["blocked"] or "keep_level"}
        action: dict[str, Any] = {"slot": name, "kind": self.slot.kind, "recipient": recipient}
        if self.has_currency:
            action["currency"] = told["currency"] or None
        if self.gives_amount:
            action["amount"] = (
                {"kind": self.amount.kind, **self.amount.values()} if self.amount.kind else None
            )
            pot = self.pot.values()
            action["pot"] = pot if pot["percent"] not in (None, "") else None
        if self.refund.values()["on_refund"]:
            action["on_refund"] = self.refund.values()["on_refund"]
        return {**action, "params": self.slot.values()}

    def spots(self, path: str) -> dict[str, Any]:
        """Where problems with these paths are shown."""
        return {
            path: self,
            f"{path}.kind": _AtKind(self.slot),
            f"{path}.params": self.slot,
            f"{path}.recipient": _At(self.to, "recipient"),
            f"{path}.recipient.blocked": _At(self.to, "blocked"),
            f"{path}.currency": _At(self.to, "currency"),
            f"{path}.amount": self.amount,
            f"{path}.pot": self.pot,
            f"{path}.on_refund": _At(self.refund, "on_refund"),
        }


class LimitRow(Row):
    """How often, or how much."""

    def __init__(
        self, token: str, *, offer: Offer, data: QueryDict | None = None, stored: Stored | None = None
    ) -> None:
        super().__init__(token)
        self.form = SettingsForm(LimitForm, prefix=token, offer=offer, data=data, stored=stored)

    @property
    def slots(self) -> list[RuleSlot]:
        """A limit has no rule."""
        return []

    @property
    def forms(self) -> list[SettingsForm]:
        """The form of the row."""
        return [self.form]

    @property
    def is_valid(self) -> bool:
        """Whether nothing is wrong as far as is known."""
        return not self.problems and self.form.is_valid

    def definition(self) -> dict[str, Any]:
        """As in a campaign file."""
        return self.form.values()

    def spots(self, path: str) -> dict[str, Any]:
        """Where problems with these paths are shown."""
        return {path: self.form}


class _At:
    """A field at which everything below a path is shown."""

    def __init__(self, form: SettingsForm, name: str) -> None:
        self.form, self.name = form, name

    def note(self, name: str, message: str) -> None:
        self.form.note(self.name, message)


class _AtKind:
    """The choice of a rule's kind."""

    def __init__(self, slot: RuleSlot) -> None:
        self.slot = slot

    def note(self, name: str, message: str) -> None:
        self.slot.note("kind", message)


def _only(told: Stored, *names: str) -> dict[str, Any]:
    return {name: told[name] for name in names if name in told}


def _recipient(told: Any) -> dict[str, Any]:
    if isinstance(told, Mapping):
        return {"recipient": told.get("role", "card"), "blocked": told.get("blocked", "keep_level")}
    return {"recipient": told, "blocked": "keep_level"}


def _complete(data: QueryDict | None, token: str) -> QueryDict | None:
    """What was posted, with the usual answer to what only ancestors are asked."""
    if data is None or data.get(f"{token}-blocked"):
        return data
    filled = data.copy()
    filled[f"{token}-blocked"] = "keep_level"
    return filled
