"""Reading the actions and limits of a campaign: canonical JSON and the compiled form side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from uuid import UUID, uuid5

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from loyalty.exceptions import InvalidAmount
from loyalty.money import to_minor
from loyalty.periods import PERIOD_LABELS
from loyalty.rules import registry
from loyalty.rules.amounts.bases import TOTAL, WHOLE_BASES
from loyalty.rules.base import Action, Amount, Settings
from loyalty.rules.compiled import (
    MILESTONE,
    NEVER,
    POLICIES,
    PROPORTIONAL,
    WHILE_MET,
    CompiledAction,
    CompiledAmount,
    CompiledLimit,
    Pot,
    Recipient,
)
from loyalty.rules.fields import PercentField
from loyalty.rules.params import Cleaned, Mistake, ParamsInvalid, clean_rule, clean_settings
from loyalty.rules.reading import Node, Problems
from loyalty.rules.state import ProgramRules

# Makes a slot the same UUID wherever its campaign is imported. Changing it would pay everything twice.
SLOTS = UUID("5b0f7c0a-9a52-5a0e-8a52-1d2f3c8b7e61")
ROLES = ("card", "parent_card", "ancestors")
BLOCKED = ("keep_level", "compress", "stop")


def slot_uuid(*, program: str, campaign: str, slot: str) -> UUID:
    """What identifies an action for ever: the program's slug, the campaign's key and the slot's name."""
    return uuid5(SLOTS, f"{program}/{campaign}/{slot}")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the parts of a campaign must know of the whole."""

    program: ProgramRules
    problems: Problems
    campaign: str
    phase: str
    about_purchase: bool
    about_reward: bool
    milestone: bool
    chooses: bool  # of its stacking group not all apply


class PotParams(forms.Form):
    """At most `percent` of a base of the purchase for all recipients of the action together (S12)."""

    percent = PercentField(label=_("percent"))
    of = forms.ChoiceField(label=_("of"), choices=WHOLE_BASES, initial=TOTAL)
    cut = forms.ChoiceField(
        label=_("cut"),
        choices=(("proportional", _("in proportion")), ("in_order", _("in order"))),
        initial="proportional",
    )


class LimitParams(forms.Form):
    """`max` counts times, the amount in the campaign's one currency, or what it costs in the currency of purchases.

    `per` is recipient, campaign, pair (of the event's card and the recipient), or the name of an attribute of cards:
    then all cards with the same value share the limit, and a card without a value has one of its own.
    """

    per = forms.SlugField(label=_("per"), max_length=64, initial="recipient")
    measure = forms.ChoiceField(
        label=_("measure"),
        choices=(("times", _("times")), ("amount", _("amount")), ("cost", _("cost in money"))),
        initial="times",
    )
    max = forms.DecimalField(label=_("at most"), min_value=0, max_digits=15, decimal_places=6)
    period = forms.ChoiceField(label=_("period"), choices=PERIOD_LABELS, initial="lifetime")
    at_edge = forms.ChoiceField(
        label=_("at the edge"), choices=(("cut", _("cut")), ("skip", _("skip"))), initial="cut"
    )

    def clean_max(self) -> Any:
        value = self.cleaned_data["max"]
        if not value:
            raise ValidationError(_("Give a number above zero."), code="min_value")
        return value


def read_action(raw: object, path: str, within: Surroundings) -> tuple[dict[str, Any], CompiledAction | None]:
    """One action; None when it has mistakes."""
    problems, before = within.problems, len(within.problems.found)
    node = Node(raw, path=path, problems=problems)
    name = node.text("slot", slug=True)
    action = node.rule(registry.actions)
    recipient = _recipient(node, problems)
    currency = _currency(node, action, within)
    amount_kind, amount = _amount(node, action, recipient, within)
    pot = _pot(node, action, amount, within)
    on_refund = _on_refund(node, action, amount, within)
    params = _params(node, action, within)
    node.finish()
    if action is not None and action.phase != within.phase:
        node.refuse(
            "kind",
            "wrong_phase",
            _("This action belongs into campaigns of the phase “%(phase)s”."),
            phase=action.phase,
        )
    canonical = {
        "slot": name,
        "kind": action.kind if action else "",
        "recipient": {"role": recipient.role, "blocked": recipient.blocked}
        if recipient.role == "ancestors"
        else recipient.role,
        "currency": currency,
        "on_refund": on_refund,
        "amount": amount_kind,
        "pot": pot.canonical if pot else None,
        "params": params.canonical,
    }
    if action is None or len(problems.found) > before:
        return canonical, None
    return canonical, CompiledAction(
        action=action,
        slot=slot_uuid(program=within.program.slug, campaign=within.campaign, slot=name),
        slot_name=name,
        recipient=recipient,
        params=params.values,
        currency=currency,
        on_refund=on_refund,
        amount=amount,
        pot=Pot(Fraction(pot.values["percent"]), pot.values["of"], pot.values["cut"]) if pot else None,
    )


def _recipient(node: Node, problems: Problems) -> Recipient:
    raw = node.raw.get("recipient", "card")
    if not isinstance(raw, Mapping):
        return Recipient(node.text("recipient", default="card", choices=ROLES))
    inner = Node(node.take("recipient"), path=node.at("recipient"), problems=problems)
    role = inner.text("role", choices=ROLES)
    blocked = inner.text("blocked", default="keep_level", choices=BLOCKED)
    inner.finish()
    if role != "ancestors" and blocked != "keep_level":
        inner.refuse("blocked", "not_for_this_role", _("Only ancestors have levels to keep or to give away."))
    return Recipient(role, blocked)


def _currency(node: Node, action: Action | None, within: Surroundings) -> str | None:
    wanted = action is not None and (action.gives_amount or action.in_currency)
    code = node.text("currency", default=None if wanted else "", choices=sorted(within.program.currencies))
    if code and action is not None and not wanted:
        node.refuse("currency", "not_for_this_action", _("This action has no currency. Leave it out."))
    return code or None


def _amount(
    node: Node, action: Action | None, recipient: Recipient, within: Surroundings
) -> tuple[dict[str, Any] | None, CompiledAmount | None]:
    raw = node.take("amount")
    gives = action is not None and action.gives_amount
    if raw is None:
        if gives:
            node.refuse("amount", "required", _("“%(key)s” is required."), key="amount")
        return None, None
    if action is not None and not gives:
        node.refuse("amount", "not_for_this_action", _("This action gives no amount. Leave it out."))
    inner = Node(raw, path=node.at("amount"), problems=within.problems)
    amount = inner.rule(registry.amounts)
    settings = inner.rest()
    if amount is None:
        return None, None
    if amount.computed and not within.about_purchase:
        inner.refuse(
            "kind", "needs_purchase", _("There is no purchase to compute on. Choose a fixed amount.")
        )
    try:
        cleaned = clean_rule(amount, settings, program=within.program, prefix=inner.path)
    except ParamsInvalid as error:
        within.problems.extend(error)
        return None, None
    _check_amount(inner, amount, cleaned.values, within)
    if recipient.role == "card" and amount.levels(cleaned.values) is not None:
        inner.refuse(
            "kind",
            "needs_levels",
            _("This amount goes by level: give it to ancestors or to the parent card."),
        )
    return {"kind": amount.kind, **cleaned.canonical}, CompiledAmount(amount, cleaned.values)


def _check_amount(node: Node, amount: Amount, values: Settings, within: Surroundings) -> None:
    """What an amount asks of the campaign that it stands in."""
    for code in amount.currencies(values):
        if code not in within.program.currencies:
            text = _("“%(value)s” is not one of: %(choices)s.")
            known = ", ".join(sorted(within.program.currencies))
            node.refuse("", "invalid_choice", text, value=code, choices=known)
    if amount.stands_on_reward(values) and not within.about_reward:
        text = _("Only a campaign triggered by a granted reward can compute on the granted amount.")
        node.refuse("of", "needs_reward", text)
    if amount.last and within.chooses:
        text = _(
            "This amount is worked out last, too late to choose between campaigns. Take the campaign out of the group."
        )
        node.refuse("kind", "last_in_group", text)


def _pot(
    node: Node, action: Action | None, amount: CompiledAmount | None, within: Surroundings
) -> Cleaned | None:
    raw = node.take("pot")
    if raw is None:
        return None
    if amount is not None and set(amount.amount.currencies(amount.params)):
        text = _("A pot is shared in one currency, and this amount pays in several. Leave the pot out.")
        node.refuse("pot", "not_one_currency", text)
    if action is not None and not action.gives_amount:
        node.refuse("pot", "not_for_this_action", _("This action gives no amount. Leave it out."))
    if not within.about_purchase:
        node.refuse("pot", "needs_purchase", _("There is no purchase to compute on. Leave the pot out."))
    try:
        return clean_settings(PotParams, raw, node.at("pot"))
    except ParamsInvalid as error:
        within.problems.extend(error)
        return None


def _on_refund(node: Node, action: Action | None, amount: CompiledAmount | None, within: Surroundings) -> str:
    computed = bool(amount and amount.amount.computed) or (
        action is not None and action.phase == "multiplier"
    )
    default = MILESTONE if within.milestone else PROPORTIONAL if computed else WHILE_MET
    policy = node.text("on_refund", default=default, choices=POLICIES)
    if within.milestone and policy not in (MILESTONE, NEVER):
        text = _(
            "The campaign stands on a count: it gives while that holds (“milestone”) or for good (“never”)."
        )
        node.refuse("on_refund", "stands_on_a_count", text)
    if policy == MILESTONE and not within.milestone:
        text = _("No condition of the campaign stands on a count. Choose another policy.")
        node.refuse("on_refund", "no_milestone", text)
    return policy


def _params(node: Node, action: Action | None, within: Surroundings) -> Cleaned:
    raw = node.take("params")
    if action is not None:
        try:
            return clean_rule(
                action, {} if raw is None else raw, program=within.program, prefix=node.at("params")
            )
        except ParamsInvalid as error:
            within.problems.extend(error)
    return Cleaned({}, {})


def read_limit(
    raw: object, path: str, *, program: ProgramRules, currencies: set[str], problems: Problems
) -> tuple[dict[str, Any], CompiledLimit | None]:
    """One limit; None when it has mistakes. `currencies` are those that the campaign gives."""
    try:
        cleaned = clean_settings(LimitParams, raw, path)
    except ParamsInvalid as error:
        problems.extend(error)
        return {}, None
    values, decimals = cleaned.values, 0
    if values["measure"] == "amount":
        if len(currencies) != 1:
            text = _("An amount needs one single currency: all actions of the campaign must give the same.")
            problems.add(f"{path}.measure", "not_one_currency", text)
            return {}, None
        decimals = program.currencies[next(iter(currencies))].decimals
    if values["measure"] == "cost":
        decimals = program.decimals
        for code in sorted(currencies):
            if program.currencies[code].worth is None:
                text = _("Say first what one unit of “%(currency)s” is worth: then its cost can be limited.")
                problems.add(f"{path}.measure", "currency_without_worth", text, currency=code)
                return {}, None
    try:
        maximum = to_minor(values["max"], decimals)
    except InvalidAmount as error:
        problems.found.append(Mistake(f"{path}.max", error.code, error))
        return {}, None
    fields = {name: values[name] for name in ("per", "measure", "period", "at_edge")}
    return cleaned.canonical, CompiledLimit(maximum=maximum, **fields)
