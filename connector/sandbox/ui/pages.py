"""The pages of one CRM: what is asked for, and what is answered.

Enters: requests of a browser. Leaves: HTML, or a redirection after a form was carried out. What the CRM
refuses is shown in the form again, with what was typed. It decides nothing about records: the desk does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from connector.sandbox.clock import Clock
from connector.sandbox.ui import forms, moments
from connector.sandbox.ui.desk import Desk
from connector.sandbox.ui.forms import Posted
from connector.sandbox.ui.nouns import Asked, Form, RefusedError
from connector.sandbox.ui.render import BASE, address, page

SAID = {
    "created": "Created.",
    "saved": "Saved.",
    "deleted": "Deleted: it is in the recycle bin.",
    "restored": "Restored from the recycle bin.",
    "merged": "Merged.",
    "converted": "Converted.",
    "associated": "Associated.",
}
"""What a page says after a form was carried out."""


@dataclass(frozen=True, slots=True)
class Pages:
    """Handlers: each takes the request (and the posted fields) and gives the answer."""

    desk: Desk
    clock: Clock

    # what everybody sees

    def home(self, request: Request, _form: Posted) -> Response:
        counts = [
            (words, self.desk.listing(words.type, Asked(size=1)).total) for words in self.desk.objects()
        ]
        return self._page(request, "home", title=f"Simulated {self.desk.name}", counts=counts)

    def listing(self, request: Request, _form: Posted) -> Response:
        query = request.query_params
        asked = Asked(
            search=query.get("q", "").strip()[:200],
            sort=query.get("sort", ""),
            down=query.get("down") == "1",
            page=forms.whole(query.get("page"), 1, 10**6),
            deleted=query.get("deleted") == "1",
        )
        found = self.desk.listing(request.path_params["type"], asked)
        return self._page(request, "list", title=found.words.many, listing=found)

    def record(self, request: Request, _form: Posted) -> Response:
        found = self.desk.record(*_place(request))
        said = SAID.get(request.query_params.get("done", ""), "")
        return self._page(request, "record", title=found.link.text, record=found, said=said)

    # making and changing

    def new(self, request: Request, _form: Posted) -> Response:
        query = dict(request.query_params)
        about = query.pop("about", "")
        return self._form(request, self.desk.form(request.path_params["type"], None, query, about=about))

    def create(self, request: Request, form: Posted) -> Response:
        kind, about = request.path_params["type"], form.get("about", "")
        typed = forms.fields(form)
        if "narrow" in form:
            return self._form(request, self.desk.form(kind, None, typed, about=about))
        try:
            made = self.desk.save(kind, None, forms.changed(form), self._by(request), about)
        except RefusedError as refusal:
            return self._refused(request, self.desk.form(kind, None, typed, about=about), refusal)
        return _done("created", *(about.split(":", 1) if about.count(":") == 1 else (kind, made)))

    def edit(self, request: Request, _form: Posted) -> Response:
        group = request.query_params.get("group", "")
        return self._form(request, self.desk.form(*_place(request), {}, group=group))

    def change(self, request: Request, form: Posted) -> Response:
        kind, record_id = _place(request)
        typed = forms.fields(form)
        if "narrow" in form:
            return self._form(request, self.desk.form(kind, record_id, typed, only=typed))
        try:
            self.desk.save(kind, record_id, forms.changed(form), self._by(request))
        except RefusedError as refusal:
            shown = self.desk.form(kind, record_id, typed, only=typed)
            return self._refused(request, shown, refusal)
        return _done("saved", kind, record_id)

    # deleting, merging, associating, converting

    def asks_to_delete(self, request: Request, _form: Posted) -> Response:
        found = self.desk.record(*_place(request))
        return self._page(request, "delete", title=f"Delete {found.link.text}", record=found)

    def delete(self, request: Request, _form: Posted) -> Response:
        self.desk.delete(*_place(request), self._by(request))
        return _done("deleted", *_place(request))

    def restore(self, request: Request, _form: Posted) -> Response:
        self.desk.restore(*_place(request), self._by(request))
        return _done("restored", *_place(request))

    def asks_to_merge(self, request: Request, _form: Posted) -> Response:
        kind, _ = _place(request)
        if not self.desk.mergeable(kind):
            raise LookupError(f"{kind} records cannot be merged")
        return self._choice(request, "merge", kind, "")

    def merge(self, request: Request, form: Posted) -> Response:
        kind, record_id = _place(request)
        try:
            survivor = self.desk.merge(kind, record_id, form.get("other", ""), self._by(request))
        except RefusedError as refusal:
            return self._choice(request, "merge", kind, str(refusal))
        return _done("merged", kind, survivor)

    def asks_to_associate(self, request: Request, _form: Posted) -> Response:
        return self._choice(request, "associate", self._other_type(request), "")

    def associate(self, request: Request, form: Posted) -> Response:
        other_type = self._other_type(request)
        try:
            self.desk.associate(*_place(request), other_type, form.get("other", ""))
        except RefusedError as refusal:
            return self._choice(request, "associate", other_type, str(refusal))
        return _done("associated", *_place(request))

    def _other_type(self, request: Request) -> str:
        wanted: str = request.path_params["other"]
        if wanted not in {words.type for words in self.desk.associable(request.path_params["type"])}:
            raise LookupError(f"{request.path_params['type']} cannot be associated with {wanted} by hand")
        return wanted

    def _choice(self, request: Request, act: str, kind: str, problem: str) -> Response:
        """A page on which another record is looked for and chosen."""
        asked = Asked(search=request.query_params.get("q", "").strip()[:200], size=15)
        record = self.desk.record(*_place(request))
        found = self.desk.listing(kind, asked)
        lines = tuple(line for line in found.lines if line.link != record.link)
        values = {"record": record, "listing": replace(found, lines=lines), "act": act, "problem": problem}
        title = f"{'Merge into' if act == 'merge' else 'Associate with'} {record.link.text}"
        return self._page(request, "choose", 400 if problem else 200, title=title, **values)

    def asks_to_convert(self, request: Request, _form: Posted) -> Response:
        return self._form(request, self.desk.conversion(*_place(request), {}), "Convert")

    def convert(self, request: Request, form: Posted) -> Response:
        typed = forms.fields(form)
        try:
            became = self.desk.convert(*_place(request), typed, self._by(request))
        except RefusedError as refusal:
            return self._refused(request, self.desk.conversion(*_place(request), typed), refusal, "Convert")
        return _done("converted", *became.split("/", 1))

    # who works

    def work_as(self, _request: Request, form: Posted) -> Response:
        back = form.get("back", "")
        inside = back == BASE or back.startswith((f"{BASE}/", f"{BASE}?"))
        answer = RedirectResponse(back if inside and "\\" not in back else BASE, 303)
        person = form.get("person", "")
        if person in {each.value for each in self.desk.people()}:
            answer.set_cookie(self._cookie, person, path=BASE, httponly=True, samesite="strict")
        return answer

    @property
    def _cookie(self) -> str:
        """Browsers keep one set of cookies for all ports of a host."""
        return f"sandbox_{self.desk.name.lower()}_person"

    def _by(self, request: Request) -> str:
        people = [each.value for each in self.desk.people()]
        chosen = request.cookies.get(self._cookie, "")
        return chosen if chosen in people else people[0]

    # answers

    def _form(self, request: Request, form: Form, submit: str = "Save", status: int = 200) -> Response:
        return self._page(request, "form", status, title=form.title, form=form, submit=submit)

    def _refused(self, request: Request, form: Form, refusal: RefusedError, submit: str = "Save") -> Response:
        return self._form(request, with_problems(form, refusal), submit, 400)

    def problem(self, request: Request, status: int, text: str) -> Response:
        """A page that says why there is nothing else to see."""
        return self._page(request, "problem", status, title="This did not work", text=text)

    def _page(self, request: Request, template: str, status: int = 200, **values: object) -> Response:
        zone = self.desk.zone
        shared = {
            "crm": self.desk.name,
            "objects": self.desk.objects(),
            "people": self.desk.people(),
            "person": self._by(request),
            "here": str(request.url.path) + (f"?{request.url.query}" if request.url.query else ""),
            "current": request.path_params.get("type", ""),
            "now": moments.shown(self.clock.now().isoformat(), zone),
            "zone": zone.key,
        }
        return Response(page(template, **shared, **values), status, media_type="text/html")


def with_problems(form: Form, refusal: RefusedError) -> Form:
    """The form with each complaint at its field; what belongs to no field of it stands on top."""
    named: dict[str, list[str]] = {}
    inputs = {each.name for group in form.groups for each in group.inputs}
    general: list[str] = []
    for name, text in refusal.problems:
        if name in inputs:
            named.setdefault(str(name), []).append(text)
        else:
            general.append(f"{name}: {text}" if name else text)
    groups = tuple(
        replace(
            group,
            inputs=tuple(replace(each, error=" ".join(named.get(each.name, ()))) for each in group.inputs),
        )
        for group in form.groups
    )
    return replace(form, groups=groups, problems=tuple(general))


def _place(request: Request) -> tuple[str, str]:
    return request.path_params["type"], request.path_params["id"]


def _done(what: str, kind: str, record_id: str) -> Response:
    return RedirectResponse(address(kind, record_id, done=what), 303)
