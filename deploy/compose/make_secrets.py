"""``python deploy/compose/make_secrets.py``: draw the secrets that compose.yaml names.

Keys that callers use are printed nowhere: they lie in the files whose
names end with ``_key``; ``api_keys`` has their hashes.
"""

import base64
import hashlib
import json
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

FOLDER: Final = Path(__file__).parent / "secrets"
_READABLE: Final = 0o644
"""Containers run as users of their own; the folder keeps others of this machine out."""
_KEYS: Final = {
    "ovoz_model_key": "transcribe",
    "ovoz_collector_recogniser_key": "transcribe",
    "metrics_key": "metrics",
}
_OF_OTHERS: Final = ("alerts_token", "ovoz_collector_token")
"""Given by the pager and by @BotFather: empty until somebody writes them."""


def draw() -> dict[str, str]:
    """All secrets by the names of their files."""
    database, broker, store = (secrets.token_urlsafe(24) for _ in range(3))
    keys = {name: f"ovoz_{secrets.token_urlsafe(32)}" for name in _KEYS}
    certificate, key = _self_signed()
    return {
        **keys,
        **dict.fromkeys(_OF_OTHERS, ""),
        "api_keys": "".join(_line(name, key) for name, key in keys.items()),
        "grafana_password": secrets.token_urlsafe(24),
        "postgres_password": database,
        "ovoz_jobs_database_url": f"postgresql://ovoz:{database}@postgres/ovoz",
        "ovoz_collector_database_url": f"postgresql+psycopg://ovoz:{database}@postgres/collector",
        "mlflow_database_url": f"postgresql+psycopg://ovoz:{database}@postgres/mlflow",
        "ovoz_jobs_broker_url": f"amqp://ovoz:{broker}@rabbitmq/",
        "ovoz_jobs_webhook_secret": f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}",
        "rabbitmq_definitions": json.dumps(_broker(broker)),
        "s3_config": json.dumps(_store(store)),
        "s3_credentials": f"[default]\naws_access_key_id=ovoz\naws_secret_access_key={store}\n",
        "tls_certificate": certificate,
        "tls_key": key,
    }


def _line(name: str, key: str) -> str:
    """A line of the file of keys: digest, name, scope."""
    digest = hashlib.sha256(key.encode()).hexdigest()
    return f"{digest} {name.removesuffix('_key')} {_KEYS[name]}\n"


def _broker(password: str) -> dict[str, object]:
    """RabbitMQ's definitions: one user, with its password as RabbitMQ hashes it."""
    salt = secrets.token_bytes(4)
    hashed = base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    return {
        "users": [{"name": "ovoz", "password_hash": hashed, "tags": [],
                   "hashing_algorithm": "rabbit_password_hashing_sha256"}],
        "vhosts": [{"name": "/"}],
        "permissions": [{"user": "ovoz", "vhost": "/", **everything}],
    }  # fmt: skip


def _store(secret: str) -> dict[str, object]:
    """Who may use SeaweedFS' S3."""
    credentials = [{"accessKey": "ovoz", "secretKey": secret}]
    return {"identities": [{"name": "ovoz", "credentials": credentials, "actions": ["Admin"]}]}


def _self_signed() -> tuple[str, str]:
    """A certificate of localhost and its key, in PEM: to try the stack, until you have yours."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=365))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode(), private.decode()


def write(folder: Path) -> None:
    """Write all of them: half of new ones would not fit the other half of the old."""
    if folder.exists():
        raise SystemExit(f"{folder} is there: remove it to draw all secrets anew")
    folder.mkdir(mode=0o700)
    for name, content in draw().items():
        file = folder / name
        file.write_text(content, "utf-8")
        file.chmod(_READABLE)
    print(f"{folder}: secrets drawn; still empty: {', '.join(_OF_OTHERS)}")  # noqa: T201


if __name__ == "__main__":
    write(FOLDER)
