"""A labelled folder and what was read from it → figures. Pure functions; what asks the service is elsewhere."""
