#!/bin/sh
# log-pattern: online as long as no line that matches a pattern appears in a log file. Nothing asks: tail sleeps until the file grows.
. "$(dirname "$0")/../andon-host.sh"

online() {
  log=$(property path) pattern=$(property pattern)
  grep -qE -e "$pattern" /dev/null
  if [ $? -gt 1 ]; then
    because "the pattern \"$pattern\" is no extended regular expression"
    return 1
  fi
  if [ ! -r "$log" ]; then
    because "cannot read $log; create it, or let the user of andond read it" unavailable
    return 1
  fi
  kill_leftovers
  # What stands in the file already is of an earlier time.
  ANDON_RESOURCE=$RESOURCE tail -n 0 -F -- "$log" 2> /dev/null | ANDON_RESOURCE=$RESOURCE grep --line-buffered -E -e "$pattern" |
    while IFS= read -r line; do fail "$line"; done &
}

offline() { kill_leftovers; }
terminate() { kill_leftovers; }

# A host of before, which was killed, may have left the watch behind.
open() { [ "$1" = recover ] && [ "$(leftovers)" ]; }

serve log-pattern
