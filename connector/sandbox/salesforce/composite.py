"""`/composite` and `/composite/batch`: several requests in one call.

In: a Call and the resources that its subrequests may go to. Out: HTTP 200 with an answer to each of them.
Source: REST API Developer Guide, "Composite", "Composite Subrequest Result", "Batch". Assumption: a
subrequest has only the headers that it names itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote, urlsplit

import orjson
from starlette.datastructures import Headers, QueryParams
from starlette.responses import Response
from starlette.routing import Match

from connector.sandbox.salesforce.errors import ApiError, Problem, RecordError
from connector.sandbox.salesforce.http import Call, Resource, answer, api_version
from connector.sandbox.salesforce.soql.rows import Json
from connector.sandbox.salesforce.undoing import trial

MOST, MOST_QUERIES = 25, 5
HALTED, BATCH_HALTED = "PROCESSING_HALTED", "BATCH_PROCESSING_HALTED"
ROLLED_BACK = (
    "The transaction was rolled back since another operation in the same transaction failed.",
    HALTED,
)
_NAME = re.compile(r"[A-Za-z0-9_]+")
_REFERENCE = re.compile(r"@\{([A-Za-z0-9_]+)((?:\.\w+|\[\d+\])+)\}")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_QUERY = re.compile(r"/services/data/v\d+\.0/(query|queryAll|composite/sobjects)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Result:
    """What one subrequest answered."""

    status: int
    body: object
    headers: Mapping[str, str]

    @property
    def failed(self) -> bool:
        return self.status >= 400


class _NoValue(Exception):  # noqa: N818  # a reference that leads nowhere
    pass


def listed(call: Call) -> Response:
    """GET /composite"""
    return answer({name: f"{call.base}/composite/{name}" for name in ("batch", "sobjects")})


def composite(resources: Sequence[Resource], call: Call) -> Response:
    """POST /composite: subrequests in their order, later ones may refer to what earlier ones answered."""
    body = call.body()
    parts = _subrequests(body, "compositeRequest")
    names = [_reference_id(part) for part in parts]
    if len(set(names)) < len(names):
        raise ApiError(400, "INVALID_INPUT", "Every subrequest needs a referenceId of its own")
    if sum(1 for part in parts if _QUERY.match(_url(part))) > MOST_QUERIES:
        text = f"a composite request can have at most {MOST_QUERIES} queries and collections"
        raise ApiError(400, "LIMIT_EXCEEDED", text)
    whole = body.get("allOrNone") is True
    results: list[Result] = []
    with trial(call.store.db) as tried:
        for result in _in_order(resources, call, parts, names, whole):
            failed = whole and (result.failed or _has_failed_rows(result.body))
            results.append(replace(result, status=max(result.status, 400)) if failed else result)
            if failed:
                tried.undo()
    if tried.undone:
        others, last = _problem(*ROLLED_BACK), len(results) - 1
        results = [results[last] if place == last else others for place in range(len(parts))]
    pairs = zip(names, results, strict=True)
    return answer({"compositeResponse": [_shown(name, result) for name, result in pairs]})


def batch(resources: Sequence[Resource], call: Call) -> Response:
    """POST /composite/batch: subrequests that know nothing of each other; each counts as a request."""
    body = call.body()
    parts = _subrequests(body, "batchRequests")
    results: list[Result] = []
    for part in parts:
        halted = body.get("haltOnError") is True and any(each.failed for each in results)
        url = "/services/data/" + _url(part).removeprefix("/services/data/").lstrip("/")
        results.append(
            _problem("Batch processing halted per request", BATCH_HALTED, 412)
            if halted
            else _answered(resources, call, part, url, part.get("richInput"))
        )
    call.store.limits.own.add(len(parts) - 1)
    shown = [{"statusCode": each.status, "result": each.body} for each in results]
    return answer({"hasErrors": any(each.failed for each in results), "results": shown})


# the request


def _subrequests(body: Mapping[str, object], name: str) -> list[dict[str, object]]:
    """Assumption: the codes of what spoils the whole call."""
    found = body.get(name)
    if not isinstance(found, list) or not found or not all(isinstance(each, dict) for each in found):
        raise ApiError(400, "JSON_PARSER_ERROR", f"{name} must be an array of subrequests")
    if len(found) > MOST:
        raise ApiError(400, "LIMIT_EXCEEDED", f"at most {MOST} subrequests are allowed: {len(found)}")
    for part in found:
        if not isinstance(part.get("method"), str) or not isinstance(part.get("url"), str):
            raise ApiError(400, "JSON_PARSER_ERROR", "every subrequest needs a method and a url")
    return found


def _reference_id(part: Mapping[str, object]) -> str:
    name = part.get("referenceId")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        text = f"Provided referenceId {name} is not valid: letters, digits and underscores are allowed"
        raise ApiError(400, "INVALID_INPUT", text)
    return name


def _url(part: Mapping[str, object]) -> str:
    return str(part["url"])


# the work


def _in_order(
    resources: Sequence[Resource],
    call: Call,
    parts: Sequence[Mapping[str, object]],
    names: Sequence[str],
    whole: bool,
) -> Iterator[Result]:
    """Each is carried out when it is asked for."""
    results: list[Result] = []
    for place, part in enumerate(parts):
        known = dict(zip(names, results, strict=False))
        try:
            url = _filled_url(_url(part), known)
            body = _filled(_all_or_none(part.get("body"), whole, url), known)
            result = _answered(resources, call, part, url, body)
        except _NoValue as lost:
            result = _problem(
                f"Invalid reference specified. No value for {lost} found in {names[place]}", HALTED
            )
        results.append(result)
        yield result


def _all_or_none(body: object, whole: bool, url: str) -> object:
    """The outer allOrNone overrules that of a collection."""
    if whole and isinstance(body, dict) and "/composite/sobjects" in url:
        return {**body, "allOrNone": True}
    return body


def _has_failed_rows(body: object) -> bool:
    return isinstance(body, list) and any(isinstance(e, dict) and e.get("success") is False for e in body)


def _answered(
    resources: Sequence[Resource], call: Call, part: Mapping[str, object], url: str, body: object
) -> Result:
    """One subrequest in a transaction of its own."""
    try:
        with call.store.db.transaction():
            own, resource = _call(resources, call, part, url, body)
            response = resource.handler(own)(own)
    except (ApiError, RecordError) as error:
        return Result(error.status, [problem.in_request() for problem in error.problems], {})
    raw = bytes(response.body)
    shown: object = orjson.loads(raw) if raw else None
    return Result(response.status_code, shown, _location(own, response.status_code, shown))


def _call(
    resources: Sequence[Resource], call: Call, part: Mapping[str, object], url: str, body: object
) -> tuple[Call, Resource]:
    split = urlsplit(url)
    path = unquote(split.path).rstrip("/")
    scope = {"type": "http", "path": path, "method": str(part["method"]).upper()}
    for resource in resources:
        match, found = resource.matches(scope)
        if match is not Match.NONE:
            parts: Mapping[str, str] = found["path_params"]
            version = api_version(parts["version"])
            base = f"/services/data/v{version}.0"
            raw = b"" if body is None else _written(body)
            own = replace(call, version=version, base=base, parts=parts, raw=raw, method=scope["method"])
            return replace(own, query=QueryParams(split.query), headers=_headers(part)), resource
    raise ApiError(404, "NOT_FOUND", "The requested resource does not exist")


def _written(body: object) -> bytes:
    """Assumption: the code for JSON that is nested too deep."""
    try:
        return orjson.dumps(body)
    except TypeError as error:
        raise ApiError(400, "JSON_PARSER_ERROR", str(error)) from error


def _headers(part: Mapping[str, object]) -> Headers:
    given = part.get("httpHeaders")
    named = given.items() if isinstance(given, dict) else ()
    return Headers({**{str(n): str(v) for n, v in named}, "content-type": "application/json"})


def _location(call: Call, status: int, body: object) -> dict[str, str]:
    if status == 201 and isinstance(body, dict) and "type" in call.parts:
        return {"Location": f"{call.base}/sobjects/{call.parts['type']}/{body.get('id')}"}
    return {}


def _problem(message: str, code: str, status: int = 400) -> Result:
    return Result(status, [Problem(code, message).in_request()], {})


def _shown(name: str, result: Result) -> Json:
    return {
        "body": result.body,
        "httpHeaders": dict(result.headers),
        "httpStatusCode": result.status,
        "referenceId": name,
    }


# references


def _filled(given: object, known: Mapping[str, Result]) -> object:
    """The body with every `@{ref.field}` replaced by what that subrequest answered."""
    if isinstance(given, dict):
        return {name: _filled(value, known) for name, value in given.items()}
    if isinstance(given, list):
        return [_filled(value, known) for value in given]
    if not isinstance(given, str):
        return given
    alone = _REFERENCE.fullmatch(given)
    if alone is not None:
        return _value(alone, known)
    return _REFERENCE.sub(lambda match: str(_value(match, known)), given)


def _filled_url(url: str, known: Mapping[str, Result]) -> str:
    return _REFERENCE.sub(lambda match: quote(str(_value(match, known)), safe=""), url)


def _value(match: re.Match[str], known: Mapping[str, Result]) -> object:
    result = known.get(match[1])
    value: object = None if result is None or result.failed else result.body
    for step in _STEP.finditer(match[2]):
        name, place = step[1], step[2]
        if isinstance(value, dict) and name:
            value = next((v for key, v in value.items() if key.lower() == name.lower()), None)
        elif isinstance(value, list) and place and int(place) < len(value):
            value = value[int(place)]
        else:
            value = None
    if value is None:
        raise _NoValue(match[0][2:-1])
    return value
