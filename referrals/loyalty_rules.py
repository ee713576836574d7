"""What `referrals` adds to the engine, through the door that every app has."""

from loyalty.auditing import register_invariant
from loyalty.imports import register_line_kind
from loyalty.presets import register_preset
from loyalty.rules import register_condition, register_event_kind, register_fact
from loyalty.selectors import register_card_finder
from loyalty.services import register_group_permissions
from referrals.auditing import (
    QualifiedNamesItsPurchase,
    QualifyingPurchasesAreRecounted,
    ReferrerIsTheParent,
    StatisticsAreRecounted,
    VisitIsOfTheLink,
)
from referrals.conditions.referred_clients import ReferredClients
from referrals.conditions.registered_via_link import RegisteredViaLink
from referrals.facts import ReferralsFact
from referrals.finding import find_by_code
from referrals.import_lines import ReferralLine
from referrals.kinds import ReferralQualifiedKind, ReferralRegisteredKind
from referrals.presets.minimum_and_limits import MinimumAndLimits
from referrals.presets.one_sided import OneSided
from referrals.presets.parent_and_child import ParentAndChild
from referrals.presets.two_sided import TwoSided

register_event_kind(ReferralRegisteredKind)
register_event_kind(ReferralQualifiedKind)
register_fact(ReferralsFact)
register_condition(RegisteredViaLink)
register_condition(ReferredClients)
register_line_kind(ReferralLine)
register_invariant(StatisticsAreRecounted)
register_invariant(QualifyingPurchasesAreRecounted)
register_invariant(ReferrerIsTheParent)
register_invariant(QualifiedNamesItsPurchase)
register_invariant(VisitIsOfTheLink)
register_preset(ParentAndChild)
register_preset(OneSided)
register_preset(TwoSided)
register_preset(MinimumAndLimits)
register_card_finder(find_by_code)

_OURS = [
    f"loyalty_referrals.view_{model}" for model in ("referral", "referrallink", "referrerstats", "visit")
]
for group in ("Loyalty marketer", "Loyalty support", "Loyalty auditor"):
    register_group_permissions(group, _OURS)
