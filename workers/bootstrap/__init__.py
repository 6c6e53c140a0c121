"""The one place where ports meet adapters."""

from workers.bootstrap.operating import migrate, operating
from workers.bootstrap.process import Process, build, close, queue_sizes

__all__ = ["Process", "build", "close", "migrate", "operating", "queue_sizes"]
