"""People at work in both CRMs: visitors, workflows, marketers, reps and admins, day after day.

Enters: a world and a seed. Leaves: changed records, the clock moved along, and what was done. All of it goes
by the rules of the CRMs' own screens.
"""

from connector.sandbox.people.acts import Act
from connector.sandbox.people.day import work_a_day
from connector.sandbox.people.events import EVENTS
from connector.sandbox.people.simulation import Simulation

__all__ = ["EVENTS", "Act", "Simulation", "work_a_day"]
