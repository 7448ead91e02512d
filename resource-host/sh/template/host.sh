#!/bin/sh
# {{name}} is a resource type of andon: it runs a command and reports its end the moment it comes.
. "$(dirname "$0")/andon-host.sh"

# Starts the program, and promises to report its end, so that nobody has to ask. There must not be two of it.
online() {
  kill_leftovers
  command=$(property command)
  {
    ANDON_RESOURCE=$RESOURCE setsid sh -c "$command" &
    echo $! > "$FOLDER/program"
    wait $!
    fail "$(describe $?)"
  } &
  while ! pid > /dev/null; do sleep 0.01; done
}

# Lets the program stop by itself, for a while.
offline() {
  kill -TERM "-$(pid)" 2> /dev/null
  limit=$(property stopTimeoutMs)
  left=$((${limit:-5000} / 10))
  while is_alive && [ "$left" -gt 0 ]; do
    sleep 0.01
    left=$((left - 1))
  done
  terminate
}

# Returns when nothing of the program is left, also nothing that it started.
terminate() {
  kill_leftovers
  rm -f "$FOLDER/program"
}

# Is asked when somebody else reported a failure of this resource.
is_alive() { kill -0 "$(pid)" 2> /dev/null; }

# Answers `andon control NAME pid`.
control() {
  case $1 in
    pid) pid || { because "$RESOURCE does not run, so it has no pid" invalidState; return 1; } ;;
    *) because "no control code \"$1\"; there is: pid" notSupported; return 1 ;;
  esac
}

# An earlier host, which was killed, may have left the program running.
open() { [ "$1" = recover ] && [ "$(leftovers)" ]; }

pid() { cat "$FOLDER/program" 2> /dev/null; }

describe() {
  if [ "$1" -gt 128 ]; then echo "killed by SIG$(kill -l "$(($1 - 128))")"; else echo "exited with code $1"; fi
}

serve '{{name}}'
