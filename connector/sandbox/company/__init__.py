"""The seeded company: two CRMs that have drifted apart, as messy as life.

Enters: a world, a size, a seed. Leaves: records in both stores. The same seed gives the same company.
"""

from connector.sandbox.company.seeding import Summary, seed

__all__ = ["Summary", "seed"]
