"""The only code that writes: what a host calls. Every name here is public API, modules in here are not."""

from loyalty.services.adjusting import adjust_by_staff
from loyalty.services.attributes import set_attribute
from loyalty.services.backtests import (
    Backtest,
    BacktestBalance,
    BacktestCampaign,
    BacktestPurchase,
    BacktestReward,
    BacktestWeek,
    run_backtest,
)
from loyalty.services.bulk_enrolment import NewCard, enrol_cards
from loyalty.services.campaign_files import (
    export_campaigns,
    export_text,
    import_campaigns,
    validate_campaigns,
)
from loyalty.services.campaigns import (
    archive_campaign,
    pause_campaign,
    publish_campaign,
    resume_campaign,
    save_draft,
)
from loyalty.services.cards import (
    block_card,
    close_card,
    move_card,
    replace_number,
    set_parent,
    unblock_card,
)
from loyalty.services.days import refresh_days
from loyalty.services.enrolment import enrol_card
from loyalty.services.events import record_event, retry_failed
from loyalty.services.groups import make_groups, register_group_permissions
from loyalty.services.holders import add_holder, remove_holder
from loyalty.services.merging import merge_cards, unmerge_cards
from loyalty.services.new_campaigns import add_draft, delete_draft
from loyalty.services.points import (
    adjust_balance,
    cancel_spend,
    capture_hold,
    hold_points,
    spend_points,
    void_hold,
)
from loyalty.services.presets import fill_preset, list_presets
from loyalty.services.previews import Preview, PreviewedReward, preview_event, preview_purchase
from loyalty.services.programs import create_currency, create_program, get_program
from loyalty.services.purchases import record_purchase, record_refund, reopen_purchase
from loyalty.services.recording import Recorded
from loyalty.services.schedules import Scheduled, run_schedules
from loyalty.services.segments import (
    add_to_segment,
    archive_segment,
    remove_from_segment,
    save_segment,
)
from loyalty.services.spending_by_members import cancel_as_member, cancellable_until, spend_as_member
from loyalty.services.tokens import CardToken, find_card_by_token, issue_token
from loyalty.services.upkeep import Swept, process_inbox, relay_outbox, sweep

__all__ = [
    "Backtest",
    "BacktestBalance",
    "BacktestCampaign",
    "BacktestPurchase",
    "BacktestReward",
    "BacktestWeek",
    "CardToken",
    "NewCard",
    "Preview",
    "PreviewedReward",
    "Recorded",
    "Scheduled",
    "Swept",
    "add_draft",
    "add_holder",
    "add_to_segment",
    "adjust_balance",
    "adjust_by_staff",
    "archive_campaign",
    "archive_segment",
    "block_card",
    "cancel_as_member",
    "cancel_spend",
    "cancellable_until",
    "capture_hold",
    "close_card",
    "create_currency",
    "create_program",
    "delete_draft",
    "enrol_card",
    "enrol_cards",
    "export_campaigns",
    "export_text",
    "fill_preset",
    "find_card_by_token",
    "get_program",
    "hold_points",
    "import_campaigns",
    "issue_token",
    "list_presets",
    "make_groups",
    "merge_cards",
    "move_card",
    "pause_campaign",
    "preview_event",
    "preview_purchase",
    "process_inbox",
    "publish_campaign",
    "record_event",
    "record_purchase",
    "record_refund",
    "refresh_days",
    "register_group_permissions",
    "relay_outbox",
    "remove_from_segment",
    "remove_holder",
    "reopen_purchase",
    "replace_number",
    "resume_campaign",
    "retry_failed",
    "run_backtest",
    "run_schedules",
    "save_draft",
    "save_segment",
    "set_attribute",
    "set_parent",
    "spend_as_member",
    "spend_points",
    "sweep",
    "unblock_card",
    "unmerge_cards",
    "validate_campaigns",
    "void_hold",
]
