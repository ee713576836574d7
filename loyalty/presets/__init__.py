"""Presets: whole programmes that a button fills drafts with. Every app's `loyalty_rules` module may register its own.

Public API: the names below. A preset asks for a few figures, each with a default, and answers with definitions as in a
campaign file; what it fills are ordinary drafts, to be changed and published like any other.
"""

from loyalty.presets.base import (
    Preset,
    PresetCurrency,
    amount_field,
    credit,
    factor_field,
    fixed,
    multiply,
    percent,
    presets,
    register_preset,
)

__all__ = [
    "Preset",
    "PresetCurrency",
    "amount_field",
    "credit",
    "factor_field",
    "fixed",
    "multiply",
    "percent",
    "presets",
    "register_preset",
]
