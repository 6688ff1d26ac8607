"""The small acts of which probes are made.

What enters: a ground. What leaves: what the CRM answered; `UnsureError` when an act that is no part of the
question fails, so that the probe could not tell.
"""

from __future__ import annotations

from typing import Any

import requests
from assumptions.base import Finding
from ground.base import Ground
from ground.hubspot import Answer


class UnsureError(Exception):
    """What had to be there for the question did not come about."""


NAMED = {"contacts": "lastname", "companies": "name", "deals": "dealname"}
MODIFIED = {"contacts": "lastmodifieddate"}


class Hub:
    """HubSpot, asked plainly."""

    def __init__(self, ground: Ground) -> None:
        assert ground.hubspot is not None
        self.ground, self.tag, self.call = ground, ground.tag, ground.hubspot.call
        self.made = ground.hubspot.made

    def must(self, method: str, path: str, body: Any = None) -> Any:
        """The body of an answer that has to be a success."""
        answer = self.call(method, path, body)
        if answer.status >= 300:
            raise UnsureError(f"{method} {path.split('?')[0]}: {told(answer)}")
        return answer.body

    def make(self, object_type: str, **values: str) -> str:
        """A new record with the mark; its id."""
        properties = {NAMED[object_type]: self.tag.text(), **values}
        made = self.must("POST", f"/crm/v3/objects/{object_type}", {"properties": properties})
        return str(made["id"])

    def change(self, object_type: str, record_id: str, **values: str) -> Answer:
        """A PATCH, however it is answered."""
        return self.call("PATCH", f"/crm/v3/objects/{object_type}/{record_id}", {"properties": values})

    def read(self, object_type: str, record_id: str, *names: str) -> dict[str, str | None]:
        """Properties as they are now."""
        path = f"/crm/v3/objects/{object_type}/{record_id}?properties={','.join(names)}"
        found: dict[str, str | None] = self.must("GET", path)["properties"]
        return found

    def stored(self, object_type: str, **values: str) -> list[str | None]:
        """What becomes of values that a new record is given."""
        found = self.read(object_type, self.make(object_type, **values), *values)
        return [found[name] for name in values]

    def search(self, object_type: str, body: dict[str, Any], total: int) -> list[dict[str, Any]]:
        """Results, once the index knows of so many."""
        path = f"/crm/v3/objects/{object_type}/search"
        found = self.ground.eventually(
            lambda: self.must("POST", path, body), lambda page: page["total"] == total
        )
        rows: list[dict[str, Any]] = found["results"]
        return rows

    def merge(self, object_type: str, primary: str, loser: str) -> str:
        """The id of the survivor."""
        body = {"primaryObjectId": primary, "objectIdToMerge": loser}
        return str(self.must("POST", f"/crm/v3/objects/{object_type}/merge", body)["id"])

    def unique_property(self, object_type: str) -> str:
        """A text property whose values are unique; made once. Its group comes with every account."""
        kept = f"unique property of {object_type}"
        if kept not in self.ground.kept:
            group = {"contacts": "contactinformation", "companies": "companyinformation"}[object_type]
            name = self.tag.name()
            kind = {"type": "string", "fieldType": "text", "hasUniqueValue": True, "groupName": group}
            self.must("POST", f"/crm/v3/properties/{object_type}", {"name": name, "label": name, **kind})
            self.ground.kept[kept] = name
        return self.ground.kept[kept]


class Force:
    """Salesforce, asked plainly."""

    def __init__(self, ground: Ground) -> None:
        assert ground.salesforce is not None
        self.ground, self.tag, self.side = ground, ground.tag, ground.salesforce
        self.call = ground.salesforce.call

    def must(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """The JSON of an answer that has to be a success."""
        answer = self.call(method, path, body, **more)
        if answer.status_code >= 300:
            raise UnsureError(f"{method} {path}: {problem(answer)}")
        return answer.json() if answer.content else None

    def row(self, object_type: str, **values: Any) -> dict[str, Any]:
        """What a record of this type needs, with the mark."""
        needed: dict[str, dict[str, Any]] = {
            "Lead": {"LastName": self.tag.text(), "Company": "Zonen"},
            "Contact": {"LastName": self.tag.text()},
            "Account": {"Name": self.tag.text()},
            "Opportunity": {"Name": self.tag.text(), "StageName": "Prospecting", "CloseDate": "2030-01-31"},
            "Task": {"Subject": self.tag.text()},
            "Event": {"Subject": self.tag.text()},
            "Campaign": {"Name": self.tag.text()},
        }
        return {**needed.get(object_type, {}), **values}

    def try_make(self, object_type: str, **values: Any) -> requests.Response:
        """A POST, however it is answered."""
        return self.call("POST", f"/sobjects/{object_type}", self.row(object_type, **values))

    def make(self, object_type: str, **values: Any) -> str:
        """A new record; its id."""
        made = self.must("POST", f"/sobjects/{object_type}", self.row(object_type, **values))
        return str(made["id"])

    def read(self, object_type: str, record_id: str, *names: str) -> list[Any]:
        """Fields as they are now."""
        path = f"/sobjects/{object_type}/{record_id}"
        found = self.must("GET", path, params={"fields": ",".join(names)})
        return [found[name] for name in names]

    def collection(self, method: str, records: list[dict[str, Any]], path: str = "") -> requests.Response:
        """A collections call."""
        return self.call(method, f"/composite/sobjects{path}", {"allOrNone": False, "records": records})

    def rows(self, object_type: str, count: int, **values: Any) -> list[dict[str, Any]]:
        """Records for a collections call."""
        kind = {"attributes": {"type": object_type}}
        return [kind | self.row(object_type, **values) for _ in range(count)]


def told(answer: Answer) -> str:
    """Status and message of a HubSpot answer, in brief."""
    return f"{answer.status} {answer.message[:160]}".strip()


def problem(answer: requests.Response) -> str:
    """Status, code and message of a Salesforce answer, in brief."""
    try:
        body = answer.json()
    except ValueError:
        return f"{answer.status_code} {answer.text[:100]}"
    first = body[0] if isinstance(body, list) and body else {}
    return f"{answer.status_code} {first.get('errorCode', '')} {first.get('message', '')[:160]}".strip()


def codes(verdicts: Any) -> list[str]:
    """The first code of each verdict of a collection, "" for a success."""
    return ["" if each["success"] else each["errors"][0]["statusCode"] for each in verdicts]


def equal(found: object, wanted: object) -> Finding:
    """Held when the two are equal; both are shown when not."""
    return Finding(found == wanted, f"{found}" if found == wanted else f"{found}, not {wanted}")


def refused(answer: Answer, status: int, words: str = "") -> Finding:
    """Held when HubSpot refuses with this status and these words."""
    return Finding(answer.status == status and words in str(answer.body), told(answer))


def refused_with(answer: requests.Response, status: int, code: str, words: str = "") -> Finding:
    """Held when Salesforce refuses with this status, code and words."""
    first = answer.json()[0] if answer.status_code == status else {}
    same = first.get("errorCode") == code and words in first.get("message", "")
    return Finding(same, problem(answer))
