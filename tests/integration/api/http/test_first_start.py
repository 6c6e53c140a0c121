"""What a first start makes."""

import stat
from dataclasses import replace

import pytest
from pydantic import SecretStr

from api.http.first_start import prepare
from pipeline.access.authentication import authenticate
from pipeline.access.issuing import revoke_key
from pipeline.access.keys import new_key
from pipeline.access.secrets import SecretBox
from pipeline.errors import SettingsError
from pipeline.services import Services
from pipeline.settings import Access, load_settings
from pipeline.stores.records.database import Database


@pytest.fixture
def services(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'sheaf.db'}")
    database.migrate()
    nothing = dict.fromkeys(
        ("blobs", "vectors", "doorbell", "embedder", "sandbox", "on_demand", "reader", "sender", "transcriber", "chat")
    )
    settings = load_settings(data_dir=tmp_path)
    yield Services(settings=settings, database=database, secrets=SecretBox(bytes(32)), **nothing)
    database.close()


def with_key(services, text):
    settings = services.settings.model_copy(update={"access": Access(bootstrap_key=SecretStr(text))})
    return replace(services, settings=settings)


def test_a_first_start_makes_one_key_and_writes_it_where_only_its_owner_reads_it(services, tmp_path):
    first = prepare(services)
    assert first.key_file == tmp_path / "api-key"
    assert first.key_file.read_text().strip() == first.new_key
    assert stat.S_IMODE(first.key_file.stat().st_mode) == 0o600
    assert authenticate(services.database, first.new_key).workspace_id == first.workspace_id
    assert sorted(path.name for path in tmp_path.iterdir() if "key" in path.name) == ["api-key"]


def test_a_second_start_makes_nothing(services):
    first, second = prepare(services), prepare(services)
    assert second.new_key is None
    assert (second.workspace_id, second.key_file) == (first.workspace_id, first.key_file)


def test_a_lost_file_is_not_made_up_again(services):
    first = prepare(services)
    first.key_file.unlink()
    assert prepare(services).key_file is None
    authenticate(services.database, first.new_key)


def test_when_all_keys_are_revoked_a_start_makes_a_new_one(services):
    first = prepare(services)
    key_id = authenticate(services.database, first.new_key).key_id
    revoke_key(services.database, key_id, workspace_id=first.workspace_id, actor="test")
    second = prepare(services)
    assert second.new_key not in (None, first.new_key)
    assert second.key_file.read_text().strip() == second.new_key


def test_a_chosen_key_is_used_and_none_is_written(services, tmp_path):
    key = new_key().text
    first = prepare(with_key(services, key))
    assert (first.key_file, first.new_key) == (None, None)
    assert authenticate(services.database, key).workspace_id == first.workspace_id
    assert not (tmp_path / "api-key").exists()


def test_a_chosen_key_that_is_none_stops_the_start_and_names_the_setting(services):
    with pytest.raises(SettingsError) as refused:
        prepare(with_key(services, "letmein"))
    assert refused.value.facts["keys"] == ["access.bootstrap_key"]
    assert "letmein" not in refused.value.message
