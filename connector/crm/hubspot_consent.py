"""HubSpot's opt-outs: ``hs_email_optout`` is set through communication preferences, never as a property.

Enters: writes of contacts. Leaves: Results of those whose address could not be opted out; the others may be
sent. It never opts anybody in: HubSpot has no request for that ("Subscriptions" guide), and a value other
than true is sent as the property, which HubSpot refuses.

The status belongs to the address. It is set before the record is written, so that nobody who said no has an
address in HubSpot for a moment that may be mailed. Repeating it changes nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from connector.crm.deliver import verdict_of
from connector.crm.hubspot_errors import explain
from connector.crm.hubspot_records import is_id
from connector.crm.hubspot_wire import HubSpotWire
from connector.crm.wire import VendorRefusal
from connector.errors import Retry, Stop, Unknown
from connector.model import OPT_OUT, Delta, Op, Raw, Record, Result, Verdict, Write

EMAIL = "email"
PATH = "/communication-preferences/v4/statuses/{email}/unsubscribe-all"
SCOPE = "communication_preferences.read_write"
TYPES = "/communication-preferences/v4/definitions"

Reread = Callable[[str, Sequence[str], Sequence[str]], Mapping[str, Record]]


class OptOuts:
    """One request an address. ``reread`` is the adapter's ``read``."""

    def __init__(self, wire: HubSpotWire, reread: Reread) -> None:
        self._wire = wire
        self._reread = reread

    def first(self, type: str, writes: Sequence[Write], results: dict[str, Result]) -> list[Write]:
        """Opt out the addresses of those writes that ask for it. Leaves the writes that may be sent; the
        others have got their Result. Raises Stop as every request may, but for a missing scope."""
        asking = [w for w in writes if any(opts_out(*item) for item in w.values.items())]
        if not asking:
            return list(writes)
        addresses = self._addresses(type, asking, results)
        for write in asking:
            if write.key not in results:
                failed = self._opt_out(write, addresses[write.key])
                if failed is not None:
                    results[write.key] = failed
        return [write for write in writes if write.key not in results]

    def _addresses(self, type: str, writes: Sequence[Write], results: dict[str, Result]) -> dict[str, str]:
        """By write: the address that the record is going to have, else the one that it has."""
        unknown = [str(w.id) for w in writes if not w.values.get(EMAIL) and is_id(w.id)]
        try:
            present = self._reread(type, unknown, [EMAIL]) if unknown else {}
        except Retry as busy:
            results.update({w.key: verdict_of(w, Verdict.RETRY, "BUSY", busy.message) for w in writes})
            return {}
        found: dict[str, str] = {}
        for write in writes:
            record = present.get(str(write.id))
            address = write.values.get(EMAIL) or (record.values.get(EMAIL) if record else None)
            if isinstance(address, str):
                found[write.key] = address
            else:
                text = "there is no address to opt out"
                results[write.key] = verdict_of(write, Verdict.REFUSED, "NO_ADDRESS", text, (OPT_OUT,))
        return found

    def _opt_out(self, write: Write, address: str) -> Result | None:
        """None when HubSpot has taken it."""
        try:
            self._wire.post(
                "opt out", PATH, lambda _: None, names={"email": address}, query={"channel": "EMAIL"}
            )
        except VendorRefusal as refusal:
            told = explain(refusal.detail)
            return verdict_of(write, Verdict.REFUSED, told.code, told.text, (OPT_OUT,))
        except (Retry, Unknown) as busy:  # it may have arrived, but the record was not written
            return verdict_of(write, Verdict.RETRY, "BUSY", busy.message, (OPT_OUT,))
        except Stop as stop:
            if stop.reason != "permission":
                raise
            return verdict_of(write, Verdict.REFUSED, "MISSING_SCOPES", stop.message, (OPT_OUT,))
        return None


def opts_out(column: str, value: Raw | Delta) -> bool:
    """Whether a value of a write goes through communication preferences."""
    return column == OPT_OUT and value in (True, "true")


def not_shown(writes: Sequence[Write], results: Mapping[str, Result]) -> dict[str, Result]:
    """Updates whose contact does not show the opt-out yet: nobody knows, so it is read again later."""
    late = {
        w.key: results[w.key]
        for w in writes
        if w.op is Op.UPDATE
        and opts_out(OPT_OUT, w.values.get(OPT_OUT))
        and results[w.key].verdict is Verdict.DONE
        and not opts_out(OPT_OUT, results[w.key].values.get(OPT_OUT))
    }
    return {
        key: replace(result, verdict=Verdict.UNKNOWN, code="OPT_OUT_NOT_SHOWN", fields=(OPT_OUT,))
        for key, result in late.items()
    }
