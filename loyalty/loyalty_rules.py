"""Everything that a campaign can name out of the box. A host's list is a module of the same name."""

from loyalty.auditing import register_invariant
from loyalty.auditing.cards import ParentIsTheLastTold, StatusIsTheLatest, TreeHasNoCircle
from loyalty.auditing.events import (
    AppliedHasRows,
    LedgerStandsOnEvents,
    NothingIsStuck,
    ProcessedHasEvaluation,
)
from loyalty.auditing.limits import LimitUsed, LimitWithinMaximum
from loyalty.auditing.lots import (
    AllocationsWithinWallet,
    LotExpired,
    LotHeld,
    LotRemaining,
    LotsDrawnInTime,
    LotsMade,
)
from loyalty.auditing.merges import (
    LotsCarryOn,
    MergedAsTold,
    MergedHasNoChildren,
    MergedHasNothing,
    TransfersSumToNothing,
)
from loyalty.auditing.purchases import CardPurchases, PurchaseCard, PurchaseLines, PurchaseRemaining
from loyalty.auditing.rewards import (
    EarningHasReward,
    RewardEarned,
    RewardOfRefundedPurchase,
    RewardReversed,
    RewardStandsOnItsSource,
    RewardWithinGranted,
)
from loyalty.auditing.spends import HoldEndsOnce, SpendAmounts, SpendWallet
from loyalty.auditing.triggers import TriggersArePresent
from loyalty.auditing.wallets import (
    EntriesInOrder,
    EntriesMoveRight,
    WalletLots,
    WalletNoPointsBesideDebt,
    WalletNotNegative,
    WalletSettled,
    WalletSums,
)
from loyalty.imports.kinds.attribute import AttributeLine
from loyalty.imports.kinds.card_status import BlockedLine, UnblockedLine
from loyalty.imports.kinds.custom_event import CustomEventLine
from loyalty.imports.kinds.purchase import PurchaseLine
from loyalty.imports.kinds.refund import RefundLine
from loyalty.imports.kinds.reopening import ReopenedLine
from loyalty.imports.kinds.spend import SpendCancelledLine, SpendLine
from loyalty.imports.registry import register_line_kind
from loyalty.presets import register_preset
from loyalty.presets.levels import LevelsOfPurchase, LevelsOfReward
from loyalty.presets.points_on_purchases import PointsOnPurchases
from loyalty.presets.shared_pot import SharedPot
from loyalty.presets.win_back import WinBack
from loyalty.processing.facts.attributes import AttributesFact
from loyalty.processing.facts.purchases import PurchasesFact
from loyalty.processing.facts.recent_purchases import RecentPurchasesFact
from loyalty.processing.facts.rewarded import RewardedFact
from loyalty.processing.facts.segment_lists import SegmentListsFact
from loyalty.rules.actions.credit import CreditAmount
from loyalty.rules.actions.emit_event import EmitOwnEvent
from loyalty.rules.actions.multiply import MultiplyReward
from loyalty.rules.amounts.by_attribute import ByAttribute
from loyalty.rules.amounts.fixed import Fixed
from loyalty.rules.amounts.per_every import PerEvery
from loyalty.rules.amounts.percent import Percent
from loyalty.rules.amounts.percent_by_level import PercentByLevel
from loyalty.rules.amounts.percent_less_earned import PercentLessEarned
from loyalty.rules.amounts.steps import Steps
from loyalty.rules.conditions.anniversary import Anniversary
from loyalty.rules.conditions.birthday import Birthday
from loyalty.rules.conditions.card_attribute import CardAttribute
from loyalty.rules.conditions.channel import Channel
from loyalty.rules.conditions.dates import Dates
from loyalty.rules.conditions.days_since_enrolment import DaysSinceEnrolment
from loyalty.rules.conditions.days_since_purchase import DaysSincePurchase
from loyalty.rules.conditions.first_reward import FirstReward
from loyalty.rules.conditions.hours import Hours
from loyalty.rules.conditions.item_attribute import ItemAttribute
from loyalty.rules.conditions.items import Items
from loyalty.rules.conditions.lifetime_purchases import LifetimePurchases
from loyalty.rules.conditions.lifetime_spend import LifetimeSpend
from loyalty.rules.conditions.payload_field import PayloadField
from loyalty.rules.conditions.purchase_number import PurchaseNumber
from loyalty.rules.conditions.purchase_total import PurchaseTotal
from loyalty.rules.conditions.segment import InSegment
from loyalty.rules.conditions.source import Source
from loyalty.rules.conditions.weekday import Weekday
from loyalty.rules.conditions.window_purchases import WindowPurchases
from loyalty.rules.conditions.window_spend import WindowSpend
from loyalty.rules.kinds.cards import (
    CardBlockedKind,
    CardClosedKind,
    CardEnrolledKind,
    CardUnblockedKind,
    ParentChangedKind,
)
from loyalty.rules.kinds.merging import CardMergedKind, CardsPartedKind
from loyalty.rules.kinds.money import (
    AdjustedKind,
    HoldCapturedKind,
    HoldKind,
    HoldVoidedKind,
    SettledKind,
    SpendCancelledKind,
    SpendKind,
)
from loyalty.rules.kinds.purchase import PurchaseKind
from loyalty.rules.kinds.refund import RefundKind
from loyalty.rules.kinds.reopening import PurchaseReopenedKind
from loyalty.rules.kinds.reward import RewardGrantedKind
from loyalty.rules.kinds.scheduled import ScheduledKind, SegmentEnteredKind, SegmentLeftKind
from loyalty.rules.registry import (
    register_action,
    register_amount,
    register_condition,
    register_event_kind,
    register_fact,
)

# --- kinds of events: what can happen ---------------------------------------------------------------------

register_event_kind(PurchaseKind)
register_event_kind(RefundKind)
register_event_kind(PurchaseReopenedKind)
register_event_kind(RewardGrantedKind)
register_event_kind(CardEnrolledKind)
register_event_kind(CardBlockedKind)
register_event_kind(CardUnblockedKind)
register_event_kind(CardClosedKind)
register_event_kind(ParentChangedKind)
register_event_kind(CardMergedKind)
register_event_kind(CardsPartedKind)
register_event_kind(SpendKind)
register_event_kind(SpendCancelledKind)
register_event_kind(HoldKind)
register_event_kind(HoldCapturedKind)
register_event_kind(HoldVoidedKind)
register_event_kind(AdjustedKind)
register_event_kind(SettledKind)
register_event_kind(ScheduledKind)
register_event_kind(SegmentEnteredKind)
register_event_kind(SegmentLeftKind)

# --- facts: what is remembered of each card ---------------------------------------------------------------

register_fact(PurchasesFact)
register_fact(RecentPurchasesFact)
register_fact(RewardedFact)
register_fact(AttributesFact)
register_fact(SegmentListsFact)

# --- conditions: what a campaign asks ---------------------------------------------------------------------

register_condition(PurchaseTotal)
register_condition(PurchaseNumber)
register_condition(Items)
register_condition(ItemAttribute)
register_condition(Channel)
register_condition(LifetimeSpend)
register_condition(LifetimePurchases)
register_condition(WindowSpend)
register_condition(WindowPurchases)
register_condition(DaysSincePurchase)
register_condition(FirstReward)
register_condition(DaysSinceEnrolment)
register_condition(Anniversary)
register_condition(Birthday)
register_condition(Weekday)
register_condition(Hours)
register_condition(Dates)
register_condition(CardAttribute)
register_condition(InSegment)
register_condition(Source)
register_condition(PayloadField)

# --- amounts: how much ------------------------------------------------------------------------------------

register_amount(Fixed)
register_amount(Percent)
register_amount(PerEvery)
register_amount(PercentByLevel)
register_amount(PercentLessEarned)
register_amount(Steps)
register_amount(ByAttribute)

# --- actions: what is given -------------------------------------------------------------------------------

register_action(CreditAmount)
register_action(MultiplyReward)
register_action(EmitOwnEvent)

# --- presets: whole programmes to begin with ---------------------------------------------------------------

register_preset(PointsOnPurchases)
register_preset(LevelsOfPurchase)
register_preset(LevelsOfReward)
register_preset(SharedPot)
register_preset(WinBack)

# --- lines of files to import -----------------------------------------------------------------------------

register_line_kind(PurchaseLine)
register_line_kind(RefundLine)
register_line_kind(ReopenedLine)
register_line_kind(SpendLine)
register_line_kind(SpendCancelledLine)
register_line_kind(BlockedLine)
register_line_kind(UnblockedLine)
register_line_kind(CustomEventLine)
register_line_kind(AttributeLine)

# --- what must hold in the books --------------------------------------------------------------------------

register_invariant(WalletSums)
register_invariant(WalletNotNegative)
register_invariant(WalletNoPointsBesideDebt)
register_invariant(WalletLots)
register_invariant(WalletSettled)
register_invariant(EntriesInOrder)
register_invariant(EntriesMoveRight)
register_invariant(LotRemaining)
register_invariant(LotHeld)
register_invariant(LotExpired)
register_invariant(LotsDrawnInTime)
register_invariant(LotsMade)
register_invariant(AllocationsWithinWallet)
register_invariant(HoldEndsOnce)
register_invariant(SpendAmounts)
register_invariant(SpendWallet)
register_invariant(RewardEarned)
register_invariant(EarningHasReward)
register_invariant(RewardWithinGranted)
register_invariant(RewardReversed)
register_invariant(RewardOfRefundedPurchase)
register_invariant(RewardStandsOnItsSource)
register_invariant(LimitUsed)
register_invariant(LimitWithinMaximum)
register_invariant(PurchaseRemaining)
register_invariant(PurchaseLines)
register_invariant(PurchaseCard)
register_invariant(CardPurchases)
register_invariant(TreeHasNoCircle)
register_invariant(ParentIsTheLastTold)
register_invariant(StatusIsTheLatest)
register_invariant(TransfersSumToNothing)
register_invariant(LotsCarryOn)
register_invariant(MergedAsTold)
register_invariant(MergedHasNothing)
register_invariant(MergedHasNoChildren)
register_invariant(ProcessedHasEvaluation)
register_invariant(AppliedHasRows)
register_invariant(LedgerStandsOnEvents)
register_invariant(NothingIsStuck)
register_invariant(TriggersArePresent)
