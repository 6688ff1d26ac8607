"""What people do in both CRMs, told to the witness as they do it.

Enters: an office. Leaves: changed records and a witness who knows. An act that a CRM would refuse on the
screen (a locked record, an address that is taken) does not happen and is not told.
"""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from office import Office
from witness import FIELDS, FRAME, Field, Person

from connector.model import Ref, Side
from connector.sandbox.hubspot.errors import ApiError
from connector.sandbox.salesforce.errors import RecordError

H, S = Side.HUBSPOT, Side.SALESFORCE
REFUSED = (ApiError, RecordError, LookupError, ValueError)
EDITABLE = ("last_name", "job_title", "city", "phone", "mobile", "conversion", "company_name", "email")


@dataclass
class People:
    """Everybody, and what they do. Every value is new, so that it tells where it comes from."""

    office: Office
    everybody: list[Person] = field(default_factory=list)
    number: int = 0
    moved: bool = False
    """Whether a record went, came back or became another one."""

    # ------------------------------------------------------------ values

    def fresh(self, name: str) -> str:
        """A value that nobody has entered before."""
        self.number += 1
        if name == "email":
            return f"Canary{self.number:04}@x.nl"
        if name == "phone":
            return f"+3120{1_000_000 + self.number}" if self.number % 2 else f"020 {1_000_000 + self.number}"
        return f"{self.number:04} canary {name}"

    # ------------------------------------------------------------ new people

    def arrive(self, *sides: Side, fields: int = 3, in_scope: bool = True) -> Person:
        """Somebody new, entered by hand on one side or on both. ``fields``: how many of them are filled
        in."""
        person = Person(self.fresh("last_name"), in_scope=in_scope)
        address = self.fresh("email")
        for side in sides:
            values = {"email": address, "last_name": person.name}
            wanted = [n for n in EDITABLE if n not in values and (n, side) != ("conversion", S)]
            values |= {name: self.fresh(name) for name in wanted[:fields]}
            if side is S:
                values.setdefault("company_name", self.fresh("company_name"))
            self._enter(person, side, values)
        self.everybody.append(person)
        return person

    def twin(self, person: Person) -> None:
        """A second lead with somebody's address: nobody can tell them apart."""
        address = self._present(person, H).get("email")
        if address is None:
            return
        self.moved = True
        double = Person(self.fresh("last_name"), vague=True, twin_of=person)
        values = {"email": address, "last_name": double.name, "company_name": self.fresh("company_name")}
        self._enter(double, S, values)
        self.everybody.append(double)
        if S not in person.refs:
            person.linkable = False
            person.vague = True

    def _enter(self, person: Person, side: Side, values: Mapping[str, str]) -> None:
        type = "contacts" if side is H else "Lead"
        columns: dict[str, Any] = {str(FIELDS[name].column(type)): v for name, v in values.items()}
        columns[FRAME[type]] = f"frame {person.name}"
        world = self.office.world
        with self.office.person():
            if side is H:
                stage = "salesqualifiedlead" if person.in_scope else "lead"
                conversion = columns.pop("recent_conversion_event_name", None)
                id = world.hubspot.user_create(type, {**columns, "lifecyclestage": stage})
                if conversion:
                    world.hubspot.system_edit(type, id, {"recent_conversion_event_name": conversion})
            else:
                id = world.salesforce.user_create(type, columns)
        person.refs[side] = (type, id)
        for name, value in values.items():
            blank = {s: None for s in Side}
            person.say(side, FIELDS[name], value, blank, shortens=self.office.shortens)

    # ------------------------------------------------------------ edits

    def edit(
        self,
        person: Person,
        side: Side,
        name: str,
        value: str | None = "",
        *,
        late_s: float = 0,
        as_us: bool = False,
    ) -> bool:
        """Somebody edits a field by hand (a conversion: HubSpot itself). ``value`` None clears it, "" enters
        a new one; ``late_s``: how many seconds the transaction takes in Salesforce; ``as_us``: in the name of
        the integration user, unless a write of ours has no answer yet: such an edit cannot be told from what
        a flow makes of the write, and that is not promised. Whether it could be done."""
        self.meet()
        as_us = as_us and not self.office.store.open_intents()
        if side not in person.refs:
            return False
        type, id = person.refs[side]
        one = FIELDS[name]
        column = one.column(type)
        if column is None or (value is None and name in ("email", "last_name", "company_name")):
            return False
        value = self.fresh(name) if value == "" else value
        before = self._standing(person, one)
        salesforce = self.office.world.salesforce
        try:
            with self.office.person():
                if side is S:
                    salesforce.late_commit = timedelta(seconds=late_s)
                    salesforce.user_edit(type, id, {column: value}, salesforce.user if as_us else None)
                elif name == "conversion":
                    self.office.world.hubspot.system_edit(type, id, {column: value or ""})
                else:
                    self.office.world.hubspot.user_edit(type, id, {column: value or ""})
        except REFUSED:
            return False
        finally:
            salesforce.late_commit = timedelta(0)
        person.say(side, one, value, before, shortens=self.office.shortens)
        known = self.office.store.links_by_ref([Ref(side, type, id)])
        if name == "email" and len(person.refs) == 2 and not known:
            person.vague, person.linkable = True, False  # two addresses, and nobody knew that they are one
        return True

    def copy(self, person: Person, side: Side, name: str) -> bool:
        """Somebody types on one side what the other side says."""
        ref = person.refs.get(side.other)
        value = self._present(person, side.other).get(FIELDS[name].column(ref[0]) or "") if ref else None
        return value is not None and self.edit(person, side, name, value)

    # ------------------------------------------------------------ deletes, merges, conversions

    def delete(self, person: Person, side: Side) -> None:
        self.meet()
        ref = person.refs.get(side)
        if ref is None or self.office.held(ref) is None:
            return
        with self._allowed():
            if side is H:
                self.office.world.hubspot.user_archive(*ref)
            else:
                self.office.world.salesforce.user_delete(*ref)
            person.gone.add(side)
            self.office.removed.add(ref)

    def undelete(self, person: Person) -> None:
        for side in list(person.gone):
            ref = person.refs[side]
            with self._allowed():
                if side is H:
                    self.office.world.hubspot.user_restore(*ref)
                else:
                    self.office.world.salesforce.user_undelete(*ref)
                person.gone.discard(side)
                self.office.removed.discard(ref)

    def merge(self, winner: Person, loser: Person, side: Side) -> None:
        """Two people are merged on one side. What that means on the other is for a person to judge."""
        self.meet()
        first, second = winner.refs.get(side), loser.refs.get(side)
        if winner is loser or not first or not second or first[0] != second[0]:
            return
        if self.office.held(first) is None or self.office.held(second) is None:
            return
        with self._allowed():
            if side is H:
                survivor = self.office.world.hubspot.merge(first[0], first[1], second[1])
                self.office.removed |= {first, second}
                winner.refs[H] = ("contacts", survivor)
            else:
                self.office.world.salesforce.merge(first[0], first[1], [second[1]])
                self.office.removed.add(second)
            del loser.refs[side]
            self._join(winner, loser)
            winner.linkable = loser.linkable = False

    def _join(self, one: Person, other: Person) -> None:
        """Two people turn out to be one."""
        before, after = other.said, one.joined(other)
        for person in self.everybody:
            person.said = after if person.said is before else person.said

    def convert(self, person: Person) -> None:
        """A rep converts a lead into a contact with an account of its own. A contact takes the place of a
        lead with its address: whoever has a twin that is converted may be linked to it, with its values."""
        self.meet()
        ref = person.refs.get(S)
        if ref is None or ref[0] != "Lead" or self.office.held(ref) is None:
            return
        with self._allowed():
            made = self.office.world.salesforce.convert(ref[1], opportunity=False)
            person.refs[S] = ("Contact", str(made["contact"]))
            if person.twin_of is not None:
                self._join(person.twin_of, person)
                person.twin_of.linkable = False

    # ------------------------------------------------------------ seeing

    def meet(self) -> None:
        """Take note of what the connector did: records that it made belong to whom they were made for."""
        by_email = {str(row["Email"]).lower(): row for row in self.office.world.salesforce.all("Lead")}
        for person in self.everybody:
            if S in person.refs or person.vague:
                continue
            for address in person.said["email"].log[H]:
                row = by_email.get(address)
                if row is not None and ("Lead", address) in self._created():
                    person.refs[S] = ("Lead", str(row["Id"]))
                    person.unread = self.office.running
        for person in self.everybody:
            person.seen({s: self._present(person, s) for s in person.refs}, shortens=self.office.shortens)

    def _created(self) -> set[tuple[str, str]]:
        return {(type, address.lower()) for type, address in self.office.created}

    def _present(self, person: Person, side: Side) -> Mapping[str, Any]:
        ref = person.refs.get(side)
        return (self.office.held(ref) if ref else None) or {}

    def _standing(self, person: Person, one: Field) -> dict[Side, Any]:
        """What stands on both sides, blank where there is no record."""
        found: dict[Side, Any] = dict.fromkeys(Side)
        for side, ref in person.refs.items():
            found[side] = one.canon(self._present(person, side).get(one.column(ref[0]) or ""))
        return found

    @contextlib.contextmanager
    def _allowed(self) -> Iterator[None]:
        """An act that the CRM may refuse."""
        self.moved = True
        with contextlib.suppress(*REFUSED), self.office.person():
            yield
