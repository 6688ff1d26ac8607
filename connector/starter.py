"""The starter set that ``smarketing init`` copies: the example config and the mapping files.

In an installed package they lie inside it; in a checkout they are the repository's own ``mappings/`` and
``config.example.toml``. Enters: nothing. Leaves: texts. Never: the network.
"""

from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from connector.errors import Stop

CONFIG = "config.example.toml"
MAPPINGS = "mappings"


def config_text() -> str:
    """The text of config.example.toml."""
    return (_root() / CONFIG).read_text(encoding="utf-8")


def mapping_texts() -> Mapping[str, str]:
    """The starter mapping files by name."""
    found = (_root() / MAPPINGS).iterdir()
    return {each.name: each.read_text(encoding="utf-8") for each in found if each.name.endswith(".yaml")}


def _root() -> Traversable:
    shipped = resources.files("connector") / "starter"
    checkout = Path(__file__).resolve().parent.parent
    for root in (shipped, checkout):
        if (root / CONFIG).is_file() and (root / MAPPINGS).is_dir():
            return root
    raise Stop("the starter files are missing from this installation", fix="Install smarketing again.")
