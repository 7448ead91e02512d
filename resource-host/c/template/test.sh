#!/bin/sh
# Plays the daemon for this host and checks every rule of the protocol. Options, such as --verbose, go to `andon host check`.
cd "$(dirname "$0")" || exit 1
make -s || exit 1
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
andon host check "$@" --type {{name}} \
  --set "command=echo \$\$ > $scratch/{resource}.pid; exec sleep 600" \
  --induce-failure 'kill -KILL "$(cat '"$scratch"'/$ANDON_RESOURCE.pid)"' \
  -- ./host
