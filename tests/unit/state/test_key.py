"""The key file and what is made with it: who may read it, which values look alike, what cannot be opened."""

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.errors import ConfigError, Stop
from connector.state.key import Key

KEY = Key(bytes(range(32)))
TEXTS = st.text(st.characters(codec=None), max_size=8)
RAWS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
    | st.lists(TEXTS).map(tuple)
)


def same(one: object, other: object) -> bool:
    """Equal and of one type: in Python, 1 == 1.0 == True, and 0.0 == -0.0."""
    return repr(one) == repr(other)


# ---------------------------------------------------------------- the file


def test_a_new_key_is_random_private_and_can_be_read_back(tmp_path: Path) -> None:
    made = Key.create(tmp_path / "one")
    assert stat.S_IMODE((tmp_path / "one").stat().st_mode) == 0o600
    assert Key.load(tmp_path / "one").hash("x") == made.hash("x")
    assert Key.create(tmp_path / "two").hash("x") != made.hash("x")


def test_a_key_is_private_whatever_the_umask_says(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        Key.create(tmp_path / "key")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "key"
    Key.create(path)
    content = path.read_bytes()
    with pytest.raises(ConfigError, match="exists already"):
        Key.create(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_file_that_only_its_owner_may_read_is_accepted(tmp_path: Path, mode: int) -> None:
    Key.create(tmp_path / "key")
    (tmp_path / "key").chmod(mode)
    Key.load(tmp_path / "key")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o602, 0o601, 0o610, 0o660, 0o666, 0o777])
def test_a_file_that_others_may_touch_is_refused_with_the_command_that_mends_it(
    tmp_path: Path, mode: int
) -> None:
    path = tmp_path / "key"
    Key.create(path)
    path.chmod(mode)
    with pytest.raises(ConfigError, match=f"can be read by others \\(mode {mode:04o}\\)") as refused:
        Key.load(path)
    assert refused.value.fix == f"chmod 600 {path}"


@pytest.mark.parametrize(("mode", "fine"), [(0o755, True), (0o775, False), (0o757, False), (0o1777, True)])
def test_a_folder_in_which_others_could_replace_the_key_is_refused(
    tmp_path: Path, mode: int, fine: bool
) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    Key.create(folder / "key")
    folder.chmod(mode)
    if fine:
        Key.load(folder / "key")
    else:
        with pytest.raises(ConfigError, match="a folder that others can write to"):
            Key.load(folder / "key")


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    Key.create(tmp_path / "key")
    (tmp_path / "link").symlink_to(tmp_path / "key")
    with pytest.raises(ConfigError, match="symbolic link"):
        Key.load(tmp_path / "link")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_somebody_else_is_refused(tmp_path: Path) -> None:
    Key.create(tmp_path / "key")
    os.chown(tmp_path / "key", 65534, 65534)
    with pytest.raises(ConfigError, match="belongs to another user"):
        Key.load(tmp_path / "key")


def test_a_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not a regular file|cannot be read"):
        Key.load(tmp_path)


def test_a_missing_key_is_not_made_up(tmp_path: Path) -> None:
    """A new key beside an old state would make every record look changed."""
    with pytest.raises(ConfigError, match="is missing") as refused:
        Key.load(tmp_path / "key")
    assert "backup" in refused.value.fix
    assert not (tmp_path / "key").exists()


@pytest.mark.parametrize("content", ["", "deadbeef", "g" * 64, "ab" * 33, "ÿ" * 64])
def test_a_file_that_holds_no_key_is_refused_without_showing_it(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key"
    path.touch(0o600)
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match="is not a key file") as refused:
        Key.load(path)
    assert content == "" or content not in str(refused.value)


def test_a_key_does_not_show_itself() -> None:
    assert repr(KEY) == str(KEY) == "Key(***)"


# ---------------------------------------------------------------- hashes


@given(RAWS, RAWS)
def test_two_values_have_one_hash_only_if_they_are_the_same(one: object, other: object) -> None:
    assert (KEY.hash(one) == KEY.hash(other)) == same(one, other)  # type: ignore[arg-type]


def test_values_that_only_look_alike_are_told_apart() -> None:
    alike = ["1", 1, 1.0, True, ("1",), None, "", "null", "None", 0, False, (), '["1"]', " 1", "１"]
    assert len({KEY.hash(value) for value in alike}) == len(alike)  # type: ignore[arg-type]


def test_nothing_is_normalized() -> None:
    """Composed and decomposed letters differ here; whether they mean the same is the mapping's question."""
    assert KEY.hash("é") != KEY.hash("e\N{COMBINING ACUTE ACCENT}")
    assert KEY.hash("Anna") != KEY.hash("anna")


@given(st.lists(TEXTS, max_size=3), st.lists(TEXTS, max_size=3))
def test_the_same_value_in_another_place_has_another_hash(here: list[str], there: list[str]) -> None:
    assert (KEY.hash("x", *here) == KEY.hash("x", *there)) == (here == there)


def test_another_installation_has_other_hashes() -> None:
    other = Key(bytes(32))
    assert KEY.hash("x") != other.hash("x")
    assert KEY.hash_row({"a": "x"}) != other.hash_row({"a": "x"})


@given(st.dictionaries(TEXTS, RAWS), st.randoms())
def test_a_row_has_one_hash_in_whatever_order_its_fields_come(row: dict[str, object], chance: object) -> None:
    fields = list(row.items())
    chance.shuffle(fields)  # type: ignore[attr-defined]
    assert KEY.hash_row(dict(fields)) == KEY.hash_row(row)  # type: ignore[arg-type]


@given(st.dictionaries(TEXTS, RAWS, max_size=3), st.dictionaries(TEXTS, RAWS, max_size=3))
def test_rows_that_differ_have_other_hashes(one: dict[str, object], other: dict[str, object]) -> None:
    alike = same(sorted(one.items()), sorted(other.items()))
    assert (KEY.hash_row(one) == KEY.hash_row(other)) == alike  # type: ignore[arg-type]


def test_a_blank_field_is_not_a_field_that_was_not_read() -> None:
    assert KEY.hash_row({"email": None}) != KEY.hash_row({})


def test_hashes_have_their_fixed_length() -> None:
    assert (len(KEY.hash("x")), len(KEY.hash_row({}))) == (8, 16)


# ---------------------------------------------------------------- encryption


@given(st.binary(), st.binary())
def test_what_was_sealed_opens_again(plain: bytes, context: bytes) -> None:
    sealed = KEY.encrypt(plain, context)
    assert KEY.decrypt(sealed, context) == plain
    assert sealed != KEY.encrypt(plain, context), "the same value twice looks different"


@given(st.binary(min_size=1), st.data())
def test_one_wrong_bit_keeps_it_shut(plain: bytes, data: st.DataObject) -> None:
    sealed = bytearray(KEY.encrypt(plain))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Stop, match="does not open"):
        KEY.decrypt(bytes(sealed))


@pytest.mark.parametrize("sealed", [b"", b"short", bytes(12), bytes(40)])
def test_bytes_that_were_never_sealed_stay_shut(sealed: bytes) -> None:
    with pytest.raises(Stop) as stopped:
        KEY.decrypt(sealed)
    assert stopped.value.reason == "state"


def test_another_key_or_place_does_not_open_it() -> None:
    sealed = KEY.encrypt(b"x", b"link 1")
    for key, context in ((Key(bytes(32)), b"link 1"), (KEY, b"link 2")):
        with pytest.raises(Stop):
            key.decrypt(sealed, context)
