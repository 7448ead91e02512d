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
  # What stands in the file already is of an earlier time. The group of this call is the group of the watch.
  tail -n 0 -F -- "$log" 2> /dev/null | grep --line-buffered -E -e "$pattern" | while IFS= read -r line; do
    fail "$line"
  done &
  echo $$ > "$FOLDER/watch"
}

offline() { terminate; }

# Whoever watches is in the group that online was started in; terminate and offline have groups of their own.
terminate() {
  watch=$(cat "$FOLDER/watch" 2> /dev/null) || return 0
  kill -KILL "-$watch" 2> /dev/null
  rm -f "$FOLDER/watch"
}

serve log-pattern
