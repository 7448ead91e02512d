#!/bin/sh
# Lets the kit of andon check the host against the protocol, with programs that really run.
set -eu
cd "$(dirname "$0")"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The kit puts the resource's name for {resource}; the failure that it asks for is the death of that resource's program.
andon host check --type '{{name}}' \
  --set "command=echo \$\$ > $scratch/{resource}.pid; exec sleep 600" \
  --induce-failure 'kill -KILL "$(cat '"$scratch"'/$ANDON_RESOURCE.pid)"' \
  "$@" -- sh host.sh
