"""When the rows of tests happen."""

from datetime import UTC, datetime, timedelta

# A moment in the past, so that services take later ones for the present.
START = datetime(2026, 1, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
