#!/bin/sh
# The image of PostgreSQL runs this once, when it makes its database; in an older one it is run by hand (docs/operations/security.md).
set -eu
psql -v ON_ERROR_STOP=1 -v owner_password="$OWNER_PASSWORD" -v service_password="$SERVICE_PASSWORD" \
    -U "$POSTGRES_USER" -d "$POSTGRES_DB" -f /roles.sql
