"""When and where work happens: wiring, the Celery app, loops, the sweeper."""
