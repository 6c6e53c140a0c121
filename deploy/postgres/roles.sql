-- The two roles of Sheaf, in the database that is to be its own. A superuser runs this there; again does no harm:
--   psql -v ON_ERROR_STOP=1 -v owner_password=… -v service_password=… -f roles.sql DATABASE
-- sheaf_owner owns the tables and is for `sheaf migrate` alone. The services connect as sheaf_service, which reads and
-- writes rows and may do nothing else: row-level security holds it, and it cannot take that away. Events of the audit log it
-- only adds, and the version of the tables it only reads.
SELECT format('CREATE ROLE %I', role) FROM unnest(ARRAY['sheaf_owner', 'sheaf_service']) AS role
    WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) \gexec
ALTER ROLE sheaf_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB PASSWORD :'owner_password';
ALTER ROLE sheaf_service LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB PASSWORD :'service_password';

GRANT USAGE, CREATE ON SCHEMA public TO sheaf_owner;
GRANT USAGE ON SCHEMA public TO sheaf_service;
-- Tables of a time when there was one role for everything; sequences go with their tables.
SELECT format('ALTER TABLE public.%I OWNER TO sheaf_owner', tablename) FROM pg_tables
    WHERE schemaname = 'public' AND tableowner <> 'sheaf_owner' \gexec
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO sheaf_service;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO sheaf_service;
-- And those that are still to be made.
ALTER DEFAULT PRIVILEGES FOR ROLE sheaf_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO sheaf_service;
ALTER DEFAULT PRIVILEGES FOR ROLE sheaf_owner IN SCHEMA public GRANT USAGE ON SEQUENCES TO sheaf_service;
-- Less of those two. `sheaf migrate` does the same each time (pipeline/stores/records/privileges.py), since it makes them later.
SELECT format('REVOKE UPDATE, DELETE ON public.%I FROM sheaf_service', tablename) FROM pg_tables
    WHERE schemaname = 'public' AND tablename IN ('audit_events', 'alembic_version') \gexec
SELECT format('REVOKE INSERT ON public.%I FROM sheaf_service', tablename) FROM pg_tables
    WHERE schemaname = 'public' AND tablename = 'alembic_version' \gexec
