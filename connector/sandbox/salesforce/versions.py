"""Which versions of the APIs there are: v31.0 is the oldest that is not retired."""

from __future__ import annotations

OLDEST, NEWEST = 31, 66
