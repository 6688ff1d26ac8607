"""A person at the pages of a simulated CRM, without a browser: what stands there, and filling in forms.

The forms are sent as a browser sends them: with every field that the page holds, hidden ones included.
"""

from dataclasses import dataclass, field
from html.parser import HTMLParser

import requests

UI = "/_sandbox/ui"
Fields = dict[str, list[str]]


@dataclass
class Form:
    """A form of a page: where it goes, what stands in it, and what can be chosen (values and labels)."""

    action: str
    fields: Fields = field(default_factory=dict)
    choices: dict[str, dict[str, str]] = field(default_factory=dict)

    def offers(self, name: str) -> list[str]:
        """The labels of a select of the record."""
        return list(self.choices[f"f.{name}"].values())

    def holds(self, name: str) -> str:
        """What stands in a field of the record; a box that is not ticked holds nothing."""
        return ";".join(each for each in self.fields.get(f"f.{name}", ()) if each)


class Reader(HTMLParser):
    """Collects words, tags and forms of a page."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.forms: list[Form] = []
        self._address, self._select, self._option, self._area = address, "", "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.append((tag, found))
        if tag == "form":
            self.forms.append(Form(found.get("action", self._address)))
        elif tag == "input" and self.forms:
            self._input(found)
        elif tag == "select":
            self._select = found["name"]
        elif tag == "option":
            self._option = found["value"]
            if "selected" in found or self._select not in self.forms[-1].fields:
                self.forms[-1].fields[self._select] = [found["value"]]
        elif tag == "textarea":
            self._area = found["name"]
            self.forms[-1].fields[self._area] = [""]

    def _input(self, found: dict[str, str]) -> None:
        if found.get("type") not in ("checkbox", "radio") or "checked" in found:
            self.forms[-1].fields.setdefault(found["name"], []).append(found.get("value", ""))

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self._area:
            self.forms[-1].fields[self._area][0] += data
        if self._select and data.strip():
            self.forms[-1].choices.setdefault(self._select, {})[self._option] = data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            text = self.forms[-1].fields[self._area]
            text[0] = text[0].removeprefix("\n")
            self._area = ""
        elif tag == "select":
            self._select = ""


@dataclass
class Page:
    """An answer, and what can be read and filled in on it."""

    answer: requests.Response
    path: str
    text: str
    tags: list[tuple[str, dict[str, str]]]
    forms: list[Form]

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def html(self) -> str:
        return self.answer.text

    def form(self, holding: str) -> Form:
        """The last form that has this field of a record, or that goes to an address that ends so."""
        fits = [
            each
            for each in self.forms
            if {f"f.{holding}", f"c.{holding}"} & each.fields.keys() or each.action.endswith(holding)
        ]
        return fits[-1]

    def links(self, part: str) -> list[str]:
        """Addresses of links with this in them."""
        return [found["href"] for tag, found in self.tags if tag == "a" and part in found.get("href", "")]


@dataclass
class Person:
    """Somebody at work in one CRM, with a browser's cookies."""

    base: str
    session: requests.Session = field(default_factory=requests.Session)

    def open(self, path: str = "", **headers: str) -> Page:
        """Goes to an address below the pages' start."""
        return self._read(self.session.get(self._address(path), headers=headers, timeout=20))

    def send(self, form: Form, **typed: str | list[str] | bool) -> Page:
        """Types into fields of the record, ticks boxes (True, False), and sends the form."""
        fields = dict(form.fields)
        for name, value in typed.items():
            ticked = ["true"] if value else []
            given = value if isinstance(value, list) else [str(value)]
            fields[f"f.{name}"] = ticked if isinstance(value, bool) else given
        return self.post(form.action, fields)

    def post(self, path: str, fields: Fields, **headers: str) -> Page:
        """Sends fields as a browser does: with the Origin of these pages, unless told otherwise."""
        said = {"Origin": self.base, **headers}
        return self._read(self.session.post(self._address(path), data=fields, headers=said, timeout=20))

    def work_as(self, name: str) -> None:
        """Chooses who is working."""
        form = self.open().form("/work-as")
        person = next(value for value, label in form.choices["person"].items() if label == name)
        self.post("/work-as", {"person": [person], "back": [UI]})

    def _address(self, path: str) -> str:
        return self.base + (path if path.startswith(UI) else UI + path)

    def _read(self, answer: requests.Response) -> Page:
        path = answer.url.removeprefix(self.base)
        reader = Reader(path)
        reader.feed(answer.text)
        return Page(answer, path, " ".join(" ".join(reader.words).split()), reader.tags, reader.forms)
