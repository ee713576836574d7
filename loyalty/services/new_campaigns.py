"""Campaigns that begin in the admin, where nobody thinks of a key; and drafts that never became anything."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

from django.db import router, transaction
from django.utils.text import slugify

from loyalty.exceptions import CampaignStateInvalid
from loyalty.models import Campaign, CampaignPublication, CampaignRevision, Program
from loyalty.services.campaigns import lock_program, save_draft

__all__ = ["add_draft", "delete_draft", "key_of_name"]

# GOST 7.79-2000, system B, as far as it stays readable in an address; Ukrainian and Belarusian letters beside it.
_SEVERAL = "zh|kh|ts|ch|sh|shch|yu|ya|yo|ye|yi|g||"
_CYRILLIC = str.maketrans(
    {
        **dict(zip("абвгдезийклмнопрстуфэыіў", "abvgdeziyklmnoprstufeyiu", strict=True)),
        "ё": "yo",
        "ж": "zh",
        "х": "kh",
        "ц": "ts",
        "ч": "ch",
        "ш": "sh",
        "щ": "shch",
        "ю": "yu",
        "я": "ya",
        "ъ": "",
        "ь": "",
        "є": "ye",
        "ї": "yi",
        "ґ": "g",
    }
)
_LONGEST = 80


def key_of_name(name: str) -> str:
    """The key that a name makes: "Каждый третий друг" is "kazhdyy-tretiy-drug"; "campaign" where no letter is left."""
    return slugify(name.lower().translate(_CYRILLIC))[:_LONGEST].strip("-_") or "campaign"


def add_draft(*, program: Program, definition: Mapping[str, Any]) -> Campaign:
    """Write a new campaign under a key made from its name, with a number where that is taken. Raises CampaignInvalid."""
    using = router.db_for_write(Campaign, instance=program)
    with transaction.atomic(using=using):
        locked = lock_program(program, using)
        base = key_of_name(str(definition.get("name") or ""))
        # Whoever saves a draft under a key that is there overwrites it: so the look and the write are one.
        similar = Campaign.objects.using(using).filter(program=locked, key__startswith=base)
        taken = set(similar.values_list("key", flat=True))
        keys = (base if number == 1 else f"{base}-{number}" for number in count(1))
        key = next(key for key in keys if key not in taken)
        return save_draft(program=locked, definition={**definition, "key": key})


def delete_draft(*, campaign: Campaign) -> None:
    """Delete a campaign that was never published. Raises CampaignStateInvalid for one that was."""
    using = router.db_for_write(Campaign, instance=campaign)
    with transaction.atomic(using=using):
        lock_program(campaign.program, using)
        for used in (CampaignPublication, CampaignRevision):
            if used.objects.using(using).filter(campaign=campaign).exists():
                raise CampaignStateInvalid(key=campaign.key, status="published")
        campaign.delete(using=using)
