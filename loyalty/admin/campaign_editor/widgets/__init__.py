"""Widgets for the settings of rules: what people fill in where a campaign file has durations, lists, tables and objects."""

from loyalty.admin.campaign_editor.widgets.choosing import NameOrOther, StoredSelect
from loyalty.admin.campaign_editor.widgets.durations import DurationWidget
from loyalty.admin.campaign_editor.widgets.levels import LevelsWidget
from loyalty.admin.campaign_editor.widgets.pairs import PairsWidget
from loyalty.admin.campaign_editor.widgets.payload import PayloadWidget
from loyalty.admin.campaign_editor.widgets.tables import TableWidget
from loyalty.admin.campaign_editor.widgets.times import DateInput, DateTimeInput, TimeInput

__all__ = [
    "DateInput",
    "DateTimeInput",
    "DurationWidget",
    "LevelsWidget",
    "NameOrOther",
    "PairsWidget",
    "PayloadWidget",
    "StoredSelect",
    "TableWidget",
    "TimeInput",
]
