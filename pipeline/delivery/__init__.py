"""Webhooks: the events, their signatures, where they may go, how they are sent and when again."""
