"""What is in the package that people install: the code, the starter set, and no tests."""

import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The files of a freshly built wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    return set(zipfile.ZipFile(wheel).namelist())


def test_the_starter_set_travels_with_the_package(names: set[str]) -> None:
    """`smarketing init` works without a checkout: all mapping files and the example config are inside."""
    shipped = {f"connector/starter/mappings/{path.name}" for path in (ROOT / "mappings").glob("*.yaml")}

    assert len(shipped) >= 4
    assert shipped | {"connector/starter/config.example.toml"} <= names


def test_everything_that_the_code_reads_travels_with_it(names: set[str]) -> None:
    """Grammar, migrations, type marker: every file beside our modules is in the package."""
    beside = {
        path.relative_to(ROOT).as_posix()
        for top in ("connector", "jobs")
        for path in (ROOT / top).rglob("*")
        if path.is_file()
        and not any(part.startswith((".", "__pycache__")) for part in path.parts[len(ROOT.parts) :])
    }

    assert beside - names == set()
    assert "connector/py.typed" in names


def test_nothing_else_is_installed(names: set[str]) -> None:
    """No tests, no documents: only our two packages, and what every package says of itself."""
    tops = {name.split("/")[0] for name in names}

    assert {top for top in tops if not top.endswith(".dist-info")} == {"connector", "jobs"}
    assert any(name.endswith("/licenses/LICENSE") for name in names)
