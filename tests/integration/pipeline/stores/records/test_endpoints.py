"""Endpoints: switched, seen by their own workspace only, and deleted with what waits for them."""

from pipeline.stores.records import deliveries, endpoints
from pipeline.stores.records.database import Database
from tests.support.rows import add_workspace


def test_endpoints_are_switched_and_deleted_with_what_waits_for_them(database: Database) -> None:
    with database.write() as connection:
        add_workspace(connection)
        endpoints.add_endpoint(
            connection, id="ep_1", workspace_id="ws_1", url="https://a", events=["job.failed"], secret="sealed"
        )
        deliveries.add_delivery(
            connection,
            id="dlv_1",
            workspace_id="ws_1",
            endpoint_id="ep_1",
            document_id=None,
            url="https://a",
            event="job.failed",
            event_id="evt_1",
            body=b"{}",
            receiver="ep_1",
        )
        (endpoint,) = endpoints.list_endpoints(connection, "ws_1")
        assert (endpoint.events, endpoint.enabled) == (["job.failed"], True)
        endpoints.set_enabled(connection, "ep_1", enabled=False, reason="410")
        changed = endpoints.get_endpoint(connection, "ws_1", "ep_1")
        assert changed is not None
        assert (changed.enabled, changed.disabled_reason) == (False, "410")
        assert endpoints.get_endpoint(connection, "ws_2", "ep_1") is None
        assert not endpoints.delete_endpoint(connection, "ws_2", "ep_1")
        assert endpoints.list_endpoints(connection, "ws_2") == []
    with database.write() as connection:
        assert endpoints.delete_endpoint(connection, "ws_1", "ep_1")
        waiting = deliveries.get_delivery(connection, "ws_1", "dlv_1")
        assert waiting is not None
        assert waiting.status == "cancelled"
        assert deliveries.claim_delivery(connection, lease_seconds=60.0) is None
