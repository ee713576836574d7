"""The table of the admin: which rows each role sees, and who opens which page that is ours alone."""

from tests.integration.access.world import STAFF

# Lists and single rows, to look at. Nothing is added, changed or deleted there but campaigns.
SEEN = {
    "marketer": """
        campaign campaigncondition campaignaction campaignlimit campaignrevision campaignpublication card event
        evaluation program currency purchase purchaseline refund reward limitcounter segment segmentrevision dashboard
        referrallink referral referrerstats visit
    """,
    "support": """
        campaign card cardnumber cardstatuschange numberchange parentchange cardholder cardmerge cardattribute
        cardqueue event evaluation wallet ledgerentry lot spend lotallocation adjustment program currency purchase
        purchaseline refund reward referrallink referral referrerstats visit
    """,
    "accountant": """
        dayactivity daymovement dayparent dayrefresh wallet ledgerentry lot spend lotallocation adjustment program
        currency purchase purchaseline refund reward dashboard
    """,
    "auditor": """
        campaign campaigncondition campaignaction campaignlimit campaignrevision campaignpublication card cardnumber
        cardstatuschange numberchange parentchange cardholder cardmerge cardattribute cardqueue dayactivity
        daymovement dayparent dayrefresh event evaluation wallet ledgerentry lot spend lotallocation adjustment
        outboxmessage program currency purchase purchaseline refund reward limitcounter schedulerun schedulepresence
        segment segmentrevision segmentmember dashboard referrallink referral referrerstats visit
    """,
}
# Answers kept with keys may hold personal data.
SEEN["superuser"] = SEEN["auditor"] + "idempotencykey"

MAKERS = ("marketer", "superuser")
SUPPORT = ("support", "superuser")
CAMPAIGNS = ("marketer", "support", "auditor", "superuser")
FIGURES = ("marketer", "accountant", "auditor", "superuser")

# Who adds and deletes, by model; everything else is the services' to write, whoever asks.
WRITTEN = {"campaign": MAKERS}

PAGES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        [f"loyalty_campaign_{page}" for page in ("audience", "test", "changes", "shadow", "publications")],
        CAMPAIGNS,
    ),
    "loyalty_campaign_backtest": ("marketer", "auditor", "superuser"),
    **dict.fromkeys(
        [
            f"loyalty_campaign_{page}"
            for page in ("publish", "pause", "resume", "archive", "gallery", "gallery_setup", "gallery_made")
        ],
        MAKERS,
    ),
    "loyalty_campaign_gallery_preset": MAKERS,
    "loyalty_card_children": CAMPAIGNS,
    **dict.fromkeys(
        [f"loyalty_card_{page}" for page in ("adjust", "block", "unblock", "replace", "move")], SUPPORT
    ),
    "loyalty_dashboard_owed": FIGURES,
}
# Posted to alone: looking at them is refused whoever asks.
BUTTONS = {"loyalty_event_retry": SUPPORT, "loyalty_dashboard_refresh": FIGURES}
STANDARD = ("changelist", "add", "history", "delete", "change")

assert set(SEEN) == set(STAFF)
