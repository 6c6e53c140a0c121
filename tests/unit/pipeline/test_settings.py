"""Settings come from arguments, the environment and a file, in this order, and fail loudly naming the key."""

import json
from pathlib import Path

import pytest

from pipeline.errors import SettingsError
from pipeline.model_settings import OpenAIChatModel, ScriptedChatModel
from pipeline.settings import EdgeVectors, MemoryDoorbell, QdrantVectors, RedisDoorbell, Settings, load_settings


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment without settings, in a folder without a file."""
    import os

    for name in [name for name in os.environ if name.upper().startswith("SHEAF_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_the_defaults_are_one_process_with_nothing_to_start() -> None:
    settings = load_settings()
    assert isinstance(settings.vectors, EdgeVectors)
    assert isinstance(settings.doorbell, MemoryDoorbell)
    assert (settings.http.host, settings.database_url) == ("127.0.0.1", None)
    assert settings.public_url == "http://127.0.0.1:8080"


def test_arguments_win_over_the_environment_and_that_over_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "sheaf.toml").write_text('log_level = "ERROR"\n[http]\nhost = "0.0.0.0"\nport = 1\n')
    monkeypatch.setenv("SHEAF_HTTP__PORT", "2")
    assert (load_settings().http.host, load_settings().http.port, load_settings().log_level) == ("0.0.0.0", 2, "ERROR")
    assert load_settings(log_level="DEBUG").log_level == "DEBUG"
    assert load_settings(http={"port": 3}).http.port == 3


def test_the_file_is_the_one_that_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "sheaf.toml").write_text('log_level = "ERROR"\n')
    (tmp_path / "other.toml").write_text('log_level = "WARNING"\n')
    monkeypatch.setenv("SHEAF_CONFIG", str(tmp_path / "other.toml"))
    assert load_settings().log_level == "WARNING"
    monkeypatch.setenv("SHEAF_CONFIG", str(tmp_path / "none.toml"))
    with pytest.raises(SettingsError, match=r"none\.toml"):
        load_settings()


def test_a_file_with_a_fault_is_said_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "sheaf.toml").write_text("[http\n")
    with pytest.raises(SettingsError, match=r"sheaf\.toml is no TOML"):
        load_settings()
    (tmp_path / "sheaf.toml").write_text("[http]\nprot = 80\n")
    with pytest.raises(SettingsError, match=r"http\.prot"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value", "key"),
    [
        ("SHEAF_PORT", "80", "SHEAF_PORT"),
        ("sheaf_prot", "80", "sheaf_prot"),
        ("SHEAF_DATA_DIR__PATH", "/x", "SHEAF_DATA_DIR__PATH"),
        ("SHEAF_HTTP__PROT", "80", "http.prot"),
        ("SHEAF_HTTP__PORT", "eighty", "http.port"),
        ("SHEAF_HTTP__PORT", "65536", "http.port"),
        ("SHEAF_LOG_LEVEL", "LOUD", "log_level"),
        ("SHEAF_JOBS__LEASE_SECONDS", "0", "jobs.lease_seconds"),
        ("SHEAF_JOBS__READ_THREADS", "-1", "jobs.read_threads"),
        ("SHEAF_SANDBOX__MEMORY_BYTES", "0", "sandbox.memory_bytes"),
        ("SHEAF_VECTORS__KIND", "chroma", "vectors"),
        ("SHEAF_VECTORS__KIND", "qdrant", "vectors.qdrant.url"),
        ("SHEAF_EMBEDDER__KIND", "bert", "embedder"),
        ("SHEAF_WATCH", '[{"pattern": "*"}]', "watch.0.path"),
        ("SHEAF_WATCH", '[{"path": "/x", "tasks": ["translate"]}]', "watch.0.tasks.0"),
        ("SHEAF_WATCH", "no json", "watch"),
        ("SHEAF_BATCHES__ROOTS", "no json", "batches"),
    ],
)
def test_what_does_not_fit_names_its_key(monkeypatch: pytest.MonkeyPatch, name: str, value: str, key: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert key in str(caught.value)


def test_every_fault_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHEAF_HTTP__PORT", "eighty")
    monkeypatch.setenv("SHEAF_JOBS__MAX_ATTEMPTS", "0")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert caught.value.facts["keys"] == ["http.port", "jobs.max_attempts"]


def test_adapters_are_chosen_by_their_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "SHEAF_VECTORS__KIND": "qdrant",
        "SHEAF_VECTORS__URL": "http://qdrant:6333",
        "SHEAF_DOORBELL__KIND": "redis",
        "SHEAF_CHAT__KIND": "scripted",
        "SHEAF_CHAT__PATH": "/script.json",
        "SHEAF_TRANSCRIBER__KIND": "none",
        "SHEAF_BATCHES__ROOTS__INBOX": "/in",
        "SHEAF_WATCH": '[{"path": "/watched", "stable_seconds": 0}]',
    }.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert settings.vectors == QdrantVectors(url="http://qdrant:6333")
    assert isinstance(settings.doorbell, RedisDoorbell)
    assert settings.chat == ScriptedChatModel(path=Path("/script.json"))
    assert settings.transcriber.kind == "none"
    assert settings.batches.roots == {"inbox": Path("/in")}
    assert [(folder.path, folder.stable_seconds) for folder in settings.watch] == [(Path("/watched"), 0)]


def test_secrets_print_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "SHEAF_DATABASE_URL": "postgresql+psycopg://u:hunter2@h/db",
        "SHEAF_DOORBELL__KIND": "redis",
        "SHEAF_DOORBELL__URL": "redis://:hunter2@h",
        "SHEAF_ACCESS__BOOTSTRAP_KEY": "hunter2",
        "SHEAF_VECTORS__KIND": "qdrant",
        "SHEAF_VECTORS__URL": "http://h",
        "SHEAF_VECTORS__API_KEY": "hunter2",
    }.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert "hunter2" not in f"{settings!r} {settings} {settings.model_dump_json()}"
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value().count("hunter2") == 1


def test_variables_of_tests_and_of_the_command_line_are_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHEAF_CLI_URL", "http://x")
    monkeypatch.setenv("SHEAF_TEST_ANYTHING", "x")
    load_settings()


def test_the_public_address_has_no_slash_at_its_end() -> None:
    assert load_settings(http={"public_url": "https://sheaf.example.com/"}).public_url == "https://sheaf.example.com"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:8080"),
        ("::", "http://[::1]:8080"),
        ("sheaf.internal", "http://sheaf.internal:8080"),
    ],
)
def test_links_name_an_address_that_can_be_called_where_the_service_listens_on_all(host: str, url: str) -> None:
    assert load_settings(http={"host": host}).public_url == url


def test_settings_do_not_change() -> None:
    settings: Settings = load_settings()
    for change in (lambda: setattr(settings, "log_level", "DEBUG"), lambda: setattr(settings.http, "port", 1)):
        with pytest.raises(ValueError, match="frozen"):
            change()


@pytest.mark.parametrize(
    "url", ["gpu-1:8000", "ftp://gpu-1/v1", "http://me:secret@gpu-1/v1", "http://gpu-1/v1?key=secret"]
)
def test_a_model_server_is_named_by_a_plain_address(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHEAF_CHAT", json.dumps({"kind": "openai", "model": "m", "servers": [{"url": url}]}))
    with pytest.raises(SettingsError, match=r"chat\.openai\.servers\.0\.url") as caught:
        load_settings()
    assert "secret" not in caught.value.message


def test_model_servers_and_their_keys_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHEAF_CHAT__KIND", "openai")
    monkeypatch.setenv("SHEAF_CHAT__MODEL", "llama-4-scout")
    monkeypatch.setenv("SHEAF_CHAT__SERVERS", '[{"url": "http://gpu-1:8000/v1", "api_key": "sk-1"}]')
    chat = load_settings().chat
    assert isinstance(chat, OpenAIChatModel)
    assert chat.servers[0].url == "http://gpu-1:8000/v1"
    assert "sk-1" not in repr(chat)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("SHEAF_WEBHOOKS__ALLOW", "10.1.0.0/16", "webhooks.allow: is no JSON: Extra data"),
        ("SHEAF_BATCHES__ROOTS", "/srv", "batches.roots: is no JSON: Expecting value"),
        ("SHEAF_HTTP", "8080x", "http: is no JSON"),
        ("SHEAF_CHAT", '{"kind": "openai"', "chat: is no table written as JSON: Expecting ',' delimiter"),
        ("SHEAF_HTTP__PROT", "1", "http.prot: there is no such setting"),
    ],
)
def test_a_variable_that_was_mistyped_is_named_and_the_fault_told(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert refused.value.message.startswith(message)


def test_a_mistyped_table_is_not_repeated_since_keys_may_stand_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHEAF_CHAT", '{"kind": "openai", "servers": [{"api_key": "hush"}]')
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert "hush" not in refused.value.message


def test_the_line_break_behind_a_key_is_not_part_of_it() -> None:
    found = OpenAIChatModel.model_validate(
        {"model": "m", "servers": [{"url": "http://gpu-1/v1", "api_key": " sk-1\n"}]}
    )
    assert found.servers[0].api_key is not None
    assert found.servers[0].api_key.get_secret_value() == "sk-1"


def test_a_key_that_no_header_can_carry_is_refused_without_being_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHEAF_CHAT__KIND", "openai")
    monkeypatch.setenv("SHEAF_CHAT__MODEL", "m")
    monkeypatch.setenv("SHEAF_CHAT__SERVERS", json.dumps([{"url": "http://gpu-1/v1", "api_key": "hu\nsh"}]))
    with pytest.raises(SettingsError, match="control character") as refused:
        load_settings()
    assert "hush" not in refused.value.message.replace("\n", "")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[vectors]\nkind = "qdrant"\nurl = "http://h:999999"', "vectors.qdrant.url"),
        ('[vectors]\nkind = "qdrant"\nurl = "h:6333"', "vectors.qdrant.url"),
        (f'[vectors]\nkind = "qdrant"\nurl = "http://{"a" * 80}.com"', "vectors.qdrant.url"),
        ('[reranker]\nkind = "server"\nmodel = "m"\nurl = "http://h:99999/v1"', "reranker.server.url"),
        ('[doorbell]\nkind = "redis"\nurl = "redis://:hunter2@h:99999/0"', "doorbell.redis.url"),
        ('[doorbell]\nkind = "redis"\nurl = "hunter2"', "doorbell.redis.url"),
        ('[doorbell]\nkind = "redis"\nurl = "http://:hunter2@h/0"', "doorbell.redis.url"),
        ('[doorbell]\nkind = "redis"\nurl = "redis://:hunter2@h/abc"', "doorbell.redis.url"),
        (f"[sandbox]\nmemory_bytes = {2**63 - 1}", "sandbox.memory_bytes"),
        ("[embedder]\nthreads = 1000000", "embedder.minilm.threads"),
        ('data_dir = "a\\u0000b"', "data_dir"),
        ('[blobs]\npath = "a\\u0000b"', "blobs.folder.path"),
        ('[webhooks]\nca_file = "a\\u0000b"', "webhooks.ca_file"),
        ('[batches.roots]\nin = "a\\u0000b"', "batches.roots.in"),
    ],
)
def test_what_no_server_and_no_system_could_take_names_its_key(text: str, key: str, tmp_path: Path) -> None:
    (tmp_path / "sheaf.toml").write_text(text)
    with pytest.raises(SettingsError, match=f"^{key}: ") as refused:
        load_settings()
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("content", [b'currency = "\xff"', b"watch = " + b"[" * 3000 + b"]" * 3000])
def test_a_file_that_cannot_be_parsed_is_named(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "sheaf.toml").write_bytes(content)
    with pytest.raises(SettingsError, match=r"^sheaf\.toml is"):
        load_settings()


@pytest.mark.parametrize("name", ["x" * 5_000, "x" * 300, "."])
def test_a_named_file_that_cannot_be_one_is_said_so(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("SHEAF_CONFIG", name)
    with pytest.raises(SettingsError, match="which is not a file"):
        load_settings()
