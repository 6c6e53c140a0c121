"""Addresses to listen on, and how one that listens there is reached."""


def reached_by(host: str) -> str:
    """The host in URLs of this machine: what listens everywhere is reached by the loopback; IPv6 is in brackets."""
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - a service may be told to
    return f"[{reached}]" if ":" in reached else reached
