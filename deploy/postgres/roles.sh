#!/bin/sh
# Runs once, on an empty volume: a database for each service, owned by a role of its own, that no
# other service can connect to. psql reads the passwords itself, so they are in no command line.
set -eu
secrets=${SECRETS_FOLDER:-/run/secrets}
for service in as rs portal requester; do
    psql --quiet --set=ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<SQL
\\set role heart_${service}
\\set password \`cat ${secrets}/${service}_database_password\`
CREATE ROLE :"role" LOGIN PASSWORD :'password';
CREATE DATABASE :"role" OWNER :"role";
REVOKE ALL ON DATABASE :"role" FROM PUBLIC;
SQL
done
