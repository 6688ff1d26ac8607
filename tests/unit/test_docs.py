"""The documents are true: their commands and links exist, and nothing of one person's machine is in any
file."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = {"__pycache__", "build", "dist", "node_modules"}
HIDDEN = {".ci", ".gitignore"}
TEXT = {
    ".cfg",
    ".css",
    ".html",
    ".ini",
    ".js",
    ".json",
    ".md",
    ".py",
    ".sh",
    ".sql",
    ".svg",
    ".toml",
    ".txt",
    ".yaml",
    ".yml",
}
TEXT_NAMES = {"Makefile", "LICENSE", "run", ".gitignore"}


def ours() -> list[Path]:
    """Every text file of the repository."""
    found = []
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        if SKIPPED & set(parts) or any(part.startswith(".") and part not in HIDDEN for part in parts):
            continue
        if path.is_file() and (path.suffix in TEXT or path.name in TEXT_NAMES):
            found.append(path)
    return found


def pages() -> list[Path]:
    return [path for path in ours() if path.suffix == ".md"]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# ---------------------------------------------------------------- commands


def targets(makefile: str) -> set[str]:
    """The names that can be given to make."""
    return set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))


def shell_lines(page: str) -> Iterator[str]:
    """The commands in the console blocks of a page, without the prompt."""
    for block in re.findall(r"```console\n(.*?)```", page, re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                yield line.removeprefix("$ ")


def made(page: str) -> set[str]:
    """The make targets that a page names, in console blocks and in `code`."""
    commands = [*shell_lines(page), *re.findall(r"`(make [^`]+)`", page)]
    return {command.split()[1] for command in commands if command.startswith("make ")}


@pytest.mark.parametrize("page", pages(), ids=name)
def test_every_make_command_in_a_document_exists(page: Path) -> None:
    """Whoever copies `make something` out of a page is not told that there is no such target."""
    known = targets((ROOT / "Makefile").read_text(encoding="utf-8"))

    assert made(page.read_text(encoding="utf-8")) - known == set()


def test_the_readme_promises_the_two_commands() -> None:
    """A newcomer finds `make demo` and `make test`, and the same by hand."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert {"demo", "test"} <= made(readme)
    assert any("--require-hashes -r constraints.txt" in line for line in shell_lines(readme))


def test_the_commands_by_hand_are_those_of_the_makefile() -> None:
    """The pip lines in the README install what make installs."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    by_hand = [line.split(" install ")[1] for line in shell_lines(readme) if " install " in line]

    assert len(by_hand) == 2
    assert all(arguments in makefile for arguments in by_hand)


# ---------------------------------------------------------------- links


def broken_links(page: Path) -> list[str]:
    """Links of a page to files or headings that are not there."""
    text = page.read_text(encoding="utf-8")
    found = []
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, heading = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (heading and heading not in headings(file)):
            found.append(target)
    return found


def headings(page: Path) -> set[str]:
    """The anchors of a page: its headings as hosts of git repositories spell them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", pages(), ids=name)
def test_every_link_between_documents_resolves(page: Path) -> None:
    """No link leads nowhere."""
    assert broken_links(page) == []


def test_every_page_of_the_documentation_is_listed() -> None:
    """docs/README.md is the way in: a page that it does not name is not found."""
    listed = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    missing = [page.name for page in (ROOT / "docs").glob("*.md") if f"({page.name})" not in listed]

    assert [page for page in missing if page != "README.md"] == []


def test_a_broken_link_is_seen(tmp_path: Path) -> None:
    """The check has teeth: a missing file and a missing heading are both named, good ones are not."""
    page = tmp_path / "page.md"
    page.write_text("# A Title\n[a](gone.md) [b](page.md#a-title) [c](#no-such) [d](https://example.com/x)\n")

    assert broken_links(page) == ["gone.md", "#no-such"]


# ---------------------------------------------------------------- what no file may hold

MACHINE = r"(?<![\w.])/(?:home|root|Users|work|opt)/\w+"
"""A path that exists on one machine only."""

REGISTRY = (
    r"(?:p[y]pi|python[h]osted|npm[j]s)\.(?:org|com|io)|--(?:extra-index-url|index-url|find-links)[ =]\S"
)
"""Where packages come from is the user's own setting."""

SECRET = r"(?:pat-(?:na|eu)\d-[0-9a-f-]{20,}|-----BEGIN [A-Z ]*PRIVATE KEY-----\n[A-Za-z0-9+/])"
"""A HubSpot access token, a private key."""

FORBIDDEN = re.compile(f"{MACHINE}|{REGISTRY}|{SECRET}")


def forbidden(text: str) -> list[str]:
    return [found.group() for found in FORBIDDEN.finditer(text)]


def test_no_file_holds_a_path_of_a_machine_a_registry_or_a_secret() -> None:
    """The repository works for everybody, on any machine, with any mirror."""
    here = Path(__file__).resolve()
    found = {name(path): forbidden(path.read_text(encoding="utf-8")) for path in ours() if path != here}

    assert {file: words for file, words in found.items() if words} == {}


@pytest.mark.parametrize(
    "text",
    [
        "/home/anna/smarketing/.venv",
        "see /root/x",
        "-i https://" + "pypi" + ".org/simple",
        "--find-links=/wheels",
        "--extra-index-url https://example.com",
        "token = pat-eu1-0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE",
    ],
)
def test_what_no_file_may_hold_is_seen(text: str) -> None:
    """The check has teeth."""
    assert forbidden(text)


@pytest.mark.parametrize(
    "text", ["/run/secrets/name", "a/home/b", "--no-emit-index-url", "sqlite:////path/state.db"]
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    """Examples of paths and the options that leave registries out are no trespass."""
    assert forbidden(text) == []


# ---------------------------------------------------------------- the pins


def test_every_package_is_pinned_with_hashes() -> None:
    """What is installed is exactly what was tested: one version each, at least one hash, nothing from a path
    or a URL."""
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    packages = [line for line in lines if not line.startswith(" ")]
    hashes = [line for line in lines if line.startswith(" ")]

    assert len(packages) > 30
    assert all(re.fullmatch(r"[a-z0-9.-]+==[\w.!+-]+ \\", line) for line in packages)
    assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?", line) for line in hashes)
    assert all(
        lines[place + 1].startswith("    --hash=") for place, line in enumerate(lines) if line in packages
    )


def test_every_package_that_we_name_is_pinned() -> None:
    """pyproject.toml and constraints.txt agree: run `make pins` after adding a package."""
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"].values()
    named = [*project["build-system"]["requires"], *project["project"]["dependencies"], *sum(extras, [])]
    wanted = {re.sub(r"[-_.]+", "-", re.split(r"[\[>=<~ ;]", each)[0]).lower() for each in named}

    assert {each for each in wanted if not re.search(rf"^{each}==", pins, re.MULTILINE)} == set()


def test_the_node_clients_are_pinned_with_hashes_and_without_addresses() -> None:
    """npm checks what it downloads, from wherever this machine gets its packages: `npm run pin` after adding
    one."""
    folder = ROOT / "tests" / "clients" / "node"
    text = (folder / "package-lock.json").read_text(encoding="utf-8")
    packages = {place: each for place, each in json.loads(text)["packages"].items() if place}
    named = json.loads((folder / "package.json").read_text(encoding="utf-8"))["dependencies"]

    assert {place for place, each in packages.items() if not each["integrity"].startswith("sha512-")} == set()
    assert {name: packages[f"node_modules/{name}"]["version"] for name in named} == named
    assert "://" not in text
