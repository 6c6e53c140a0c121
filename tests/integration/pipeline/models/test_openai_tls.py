"""Model servers behind TLS."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pipeline.errors import ModelUnavailable
from pipeline.model_settings import ModelServer
from pipeline.model_settings import OpenAIChatModel as Settings
from pipeline.models.chat import complete
from pipeline.models.openai_api.model import OpenAIChatModel
from pipeline.models.scripted import Step
from tests.support.chat_models import ask
from tests.support.model_servers import MODEL, FakeServer, model_server


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "model server")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return path


@pytest.fixture
def server(certificate: Path) -> Iterator[FakeServer]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    with model_server(Step(text="word " * 40), tls=context) as fake:
        yield fake


def model(server: FakeServer) -> OpenAIChatModel:
    return OpenAIChatModel(Settings(model=MODEL, servers=[ModelServer(url=server.url)]))


def test_a_server_of_an_authority_that_the_machine_knows_is_asked(
    server: FakeServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert complete(model(server), ask("word " * 50_000)).text == "word " * 40


def test_a_server_that_nobody_vouches_for_gets_no_document(server: FakeServer) -> None:
    asking = model(server)
    with pytest.raises(ModelUnavailable, match="certificate verify failed"):
        complete(asking, ask())
    asking.close()
    assert server.asked == []
