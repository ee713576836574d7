"""How much is drawn: little every day, LOYALTY_SOAK examples (and LOYALTY_STEPS steps) in a soak."""

import os

_SOAK = int(os.environ.get("LOYALTY_SOAK") or 0)

# In memory a history takes some milliseconds; through the database, four times over, half a second.
HISTORIES_IN_MEMORY = _SOAK or 300
HISTORIES_STORED = _SOAK // 10 or 25
STEPS_STORED = int(os.environ.get("LOYALTY_STEPS") or _SOAK or 1_000)
