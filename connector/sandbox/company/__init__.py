"""The seeded company: two CRMs that have drifted apart, as messy as life, and people at work in them.

Enters: a world, a size, a seed. Leaves: records in both stores. The same seed gives the same company.
"""

from connector.sandbox.company.day import work_a_day
from connector.sandbox.company.seeding import Summary, seed

__all__ = ["Summary", "seed", "work_a_day"]
