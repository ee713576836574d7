"""Reads over several tables: finding cards, balances, statements, totals, why an event ended as it did."""

from loyalty.selectors.audience import audience_cards, count_audience, find_audience
from loyalty.selectors.balances import (
    Balance,
    CardBalances,
    Expiring,
    all_balances,
    all_expiring,
    card_balances,
    get_balances,
    get_expiring,
)
from loyalty.selectors.campaign_states import (
    CampaignState,
    Upcoming,
    campaign_states,
    get_campaign_state,
)
from loyalty.selectors.card_search import CardFinder, register_card_finder, search_cards
from loyalty.selectors.cards import CardLike, find_card, resolve_card
from loyalty.selectors.explain import (
    AnswerExplained,
    CampaignExplained,
    Explanation,
    GrantExplained,
    explain_event,
)
from loyalty.selectors.home import HomeScreen, HomeWallet, home_screen, home_wallets
from loyalty.selectors.members import get_member_card, member_cards
from loyalty.selectors.programs import ProgramLike, get_program
from loyalty.selectors.progress import CampaignProgress, open_campaigns
from loyalty.selectors.reach import Reach, find_reach
from loyalty.selectors.revisions import (
    Change,
    Published,
    Revision,
    diff_definitions,
    diff_revisions,
    list_revisions,
)
from loyalty.selectors.rewards import CardReward, CardRewards, card_rewards
from loyalty.selectors.sentences import describe_campaign
from loyalty.selectors.shadows import ShadowTotal, get_shadow_totals
from loyalty.selectors.statements import Statement, StatementLine, get_statement
from loyalty.selectors.totals import CurrencyTotals, ProgramTotals, program_totals

__all__ = [
    "AnswerExplained",
    "Balance",
    "CampaignExplained",
    "CampaignProgress",
    "CampaignState",
    "CardBalances",
    "CardFinder",
    "CardLike",
    "CardReward",
    "CardRewards",
    "Change",
    "CurrencyTotals",
    "Expiring",
    "Explanation",
    "GrantExplained",
    "HomeScreen",
    "HomeWallet",
    "ProgramLike",
    "ProgramTotals",
    "Published",
    "Reach",
    "Revision",
    "ShadowTotal",
    "Statement",
    "StatementLine",
    "Upcoming",
    "all_balances",
    "all_expiring",
    "audience_cards",
    "campaign_states",
    "card_balances",
    "card_rewards",
    "count_audience",
    "describe_campaign",
    "diff_definitions",
    "diff_revisions",
    "explain_event",
    "find_audience",
    "find_card",
    "find_reach",
    "get_balances",
    "get_campaign_state",
    "get_expiring",
    "get_member_card",
    "get_program",
    "get_shadow_totals",
    "get_statement",
    "home_screen",
    "home_wallets",
    "list_revisions",
    "member_cards",
    "open_campaigns",
    "program_totals",
    "register_card_finder",
    "resolve_card",
    "search_cards",
]
