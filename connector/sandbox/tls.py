"""Certificates of a throw-away authority, for clients that insist on https.

Enters: a folder and host names. Leaves: `ca.pem`, which a client is told to trust, and the servers' own
certificate with its key. The authority's key is never written: when the certificate is signed it is gone, so
that nobody can sign anything else that such a client would believe.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_HOST = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
ALWAYS = ("localhost", "127.0.0.1")
GOOD_FOR = timedelta(days=90)
RENEWED_BEFORE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Identity:
    """Files in PEM: what a client must trust, what the servers show, and the servers' key (mode 0600)."""

    authority: Path
    certificate: Path
    key: Path


def ready(folder: Path, hosts: Sequence[str]) -> Identity:
    """The identity kept in `folder`, made anew unless it holds these names and is good for another week.

    `hosts` are DNS names or addresses, beside `localhost` and `127.0.0.1`, which are always in it. The dates
    are those of this machine, not of the virtual clock. Raises OSError for the folder and ValueError for a
    name that cannot stand in a certificate.
    """
    names = _names(dict.fromkeys((*hosts, *ALWAYS)))
    found = Identity(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    now = datetime.now(UTC)
    if not _fits(found, names, now):
        _make(found, names, now)
    return found


def _fits(found: Identity, names: x509.SubjectAlternativeName, now: datetime) -> bool:
    if not (found.authority.exists() and found.certificate.exists() and found.key.exists()):
        return False
    try:
        held = x509.load_pem_x509_certificate(found.certificate.read_bytes())
        shown = held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return False
    return held.not_valid_after_utc - RENEWED_BEFORE > now and shown == names


def _make(wanted: Identity, names: x509.SubjectAlternativeName, now: datetime) -> None:
    authority_key, server_key = (
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP256R1()),
    )
    issuer = _subject("smarketing sandbox: throw-away authority")
    authority = (
        _builder(issuer, issuer, authority_key, now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    server = (
        _builder(_subject("smarketing sandbox"), issuer, server_key, now)
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
        )
        .sign(authority_key, hashes.SHA256())
    )
    wanted.key.parent.mkdir(parents=True, exist_ok=True)
    _write_private(wanted.key, server_key)
    wanted.certificate.write_bytes(server.public_bytes(serialization.Encoding.PEM))
    wanted.authority.write_bytes(authority.public_bytes(serialization.Encoding.PEM))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + GOOD_FOR)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _usage(signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _names(names: Iterable[str]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([_name(each) for each in names])


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        pass
    try:
        if not _HOST.fullmatch(text.removeprefix("*.")):
            raise ValueError("letters, digits and hyphens between dots are a host name")
        return x509.DNSName(text)
    except ValueError as error:
        raise ValueError(f"{text!r} cannot stand in a certificate as a host name: {error}") from None


def _write_private(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
