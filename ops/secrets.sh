#!/usr/bin/env bash
# Makes the secrets that compose.yaml mounts, in secrets/: each once, none overwritten, since a lost DATA_KEY loses the
# people. Only the folder is closed: compose mounts the files as they are, and the server's user must read them there.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 022
mkdir -p secrets
chmod 700 secrets

# make NAME VALUE: writes the file where it is not there yet.
make() {
  [ -e "secrets/$1" ] && return
  printf '%s\n' "$2" >"secrets/$1.part"
  mv "secrets/$1.part" "secrets/$1"
  echo "made secrets/$1"
}
make POSTGRES_PASSWORD "$(openssl rand -hex 32)"
make DATABASE_URL "postgres://kaquan:$(cat secrets/POSTGRES_PASSWORD)@postgres:5432/kaquan"
make DATA_KEY "$(openssl rand -base64 32)"
make AUTH_SECRET "$(openssl rand -hex 32)"
make GRAFANA_PASSWORD "$(openssl rand -hex 16)"
