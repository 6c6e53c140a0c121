"""Runs upload to answer inside a network namespace that has loopback only. `python private.py DATA_DIR`.

Prints one JSON object: how often something wanted to go elsewhere during the run, and how often during one look-up made
on purpose afterwards, which shows that the counter counts.
"""

import contextlib
import json
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.files import INVOICE, pdf
from tests.support.service import finished, running, upload

NAME_SERVER = "10.99.0.2"
TEXT = "The warranty period of the machine is twenty-four months from delivery. The colour of the machine is green."


def prepare() -> None:
    """Loopback and nothing else; the name server is an address that only a network could reach."""
    with tempfile.NamedTemporaryFile("w", suffix=".conf", delete=False) as resolver:
        resolver.write(f"nameserver {NAME_SERVER}\noptions timeout:1 attempts:1\n")
    for command in ("ip link set lo up", f"mount --bind {resolver.name} /etc/resolv.conf"):
        subprocess.run(command.split(), check=True)


def attempts() -> int:
    """How often anything in this namespace wanted to go where no route leads (RFC 4293, ipSystemStatsOutNoRoutes)."""
    names, values = [line.split() for line in Path("/proc/net/snmp").read_text().splitlines() if line.startswith("Ip:")]
    version6 = dict(line.split() for line in Path("/proc/net/snmp6").read_text().splitlines())
    return int(values[names.index("OutNoRoutes")]) + int(version6["Ip6OutNoRoutes"])


def main_job(data_dir: Path) -> dict[str, object]:
    with running(data_dir, graph=False) as service, service.client() as client:
        invoice = upload(client, "invoice.pdf", pdf(INVOICE), schema="invoice").json()["job"]["id"]
        manual = upload(client, "manual.txt", TEXT.encode()).json()["job"]["id"]
        statuses = [finished(client, job)["status"] for job in (invoice, manual)]
        asked = client.post("/v1/answers", json={"question": "How long is the warranty period?"})
        answer = asked.raise_for_status().json()
        return {"statuses": statuses, "answered": answer["answered"], "text": answer["text"]}


def main() -> None:
    prepare()
    before = attempts()
    done = main_job(Path(sys.argv[1]))
    left = attempts() - before
    with contextlib.suppress(socket.gaierror):
        socket.getaddrinfo("example.com", 443)
    control = attempts() - before - left
    print(json.dumps({**done, "attempts": left, "control": control}))


if __name__ == "__main__":
    main()
