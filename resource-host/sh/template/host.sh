#!/bin/sh
# Runs a command and says at once when it has ended. Nobody asks it: a process that waits for the command notices.
. "$(dirname "$0")/andon-host.sh"

TYPE='{{name}}'

online() {
  end_processes
  in_background watch
  until [ -s "$(resource_folder)/pid" ]; do sleep 0.02; done
}

watch() {
  setsid sh -c "$(property command)" 3>&- &
  echo $! >"$(resource_folder)/pid"
  code=0
  wait $! || code=$?
  rm "$(resource_folder)/pid"
  if [ $code -gt 128 ]; then fail "killed by SIG$(kill -l $((code - 128)))"; else fail "exited with code $code"; fi
}

program() { cat "$(resource_folder)/pid" 2>/dev/null; }

offline() {
  ! pid=$(program) || kill -TERM -- "-$pid" 2>/dev/null
  timeout="$(property stopTimeoutMs)"
  tenths=$((${timeout:-5000} / 100))
  while [ $tenths -gt 0 ] && program >/dev/null; do
    sleep 0.1
    tenths=$((tenths - 1))
  done
  terminate
}

terminate() {
  end_processes
  rm -f "$(resource_folder)/pid"
}

is_alive() { program >/dev/null; }

# A host that was killed may have left its program running.
recover() { [ -n "$(processes)" ]; }

control() {
  [ "$1" = pid ] || return 3
  program
}

andon_host "$@"
