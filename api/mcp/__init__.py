"""The Model Context Protocol door: tools with which assistants search, ask, read and extract."""
