# Resource hosts of andon in a POSIX shell. A host script sources this file, defines its entry points, and ends with `serve TYPE`.
#
# One process reads what the daemon sends, and never waits for an entry point: each runs as a new process of the host script, in a
# session of its own, so that terminate gets through and can end it. What they share are small files: one folder for each resource.

# ---- what an entry point may use -----------------------------------------------------------------------------------------------

# The value of a property; nothing if it is absent.
property() {
  jq -r --arg name "$1" '.[$name] | if . == null then empty elif type == "string" then . else tojson end' "$FOLDER/properties"
}

# Why the entry point that returns an error next does so. A second word is the error of the protocol; the default is `failed`.
because() { printf '%s\n%s\n' "${2:-failed}" "$1" > "$FOLDER/because.$CALL"; }

# Says that online or offline gets on.
progress() {
  checkpoint=$((${checkpoint:-0} + 1))
  _report "progress/$RESOURCE" "$(jq -cn --arg id "$OPERATION" --argjson checkpoint "$checkpoint" --arg state "${CALL}Pending" --arg text "$1" \
    '{operationId: $id, checkpoint: $checkpoint, state: $state, text: $text[:1024]}')"
}

# Tells the daemon that this incarnation failed; again after 2, 4, 8 ... 60 s until it is heard. Once, and never after its end.
fail() {
  _is_up || return 0
  mkdir "$FOLDER/failed" 2> /dev/null || return 0
  reason=$(printf %s "$1" | tr '\000-\037\177' ' ' | head -c $((510 - ${#FAILURE_RECORD})) | iconv -c -f UTF-8 -t UTF-8)
  (
    delay=2
    while [ -d "$FOLDER/failed" ] && _is_up && kill -0 "$HOST_PID" 2> /dev/null; do
      # Whoever opens a path that is gone would make a regular file. The host holds the pipe open, so opening never waits.
      [ -p "$EVENT_HANDLE" ] && printf '%s %s\n' "$FAILURE_RECORD" "$reason" > "$EVENT_HANDLE"
      # Its end comes when the host is gone, which alone holds it open for writing.
      timeout "$delay" cat "$STATE/alive" && break
      delay=$((delay < 30 ? delay * 2 : 60))
    done
  ) &
}

# Pids of what was started with ANDON_RESOURCE=$RESOURCE in its environment, also by a host of before that was killed. Linux only.
leftovers() {
  grep -lzxF "ANDON_RESOURCE=$RESOURCE" /proc/[0-9]*/environ 2> /dev/null | xargs -r grep -lzxF "ANDON_SOCKET=$ANDON_SOCKET" 2> /dev/null |
    cut -d / -f 3
}

# Returns when nothing of it runs any more.
kill_leftovers() {
  while pids=$(leftovers) && [ "$pids" ]; do
    kill -KILL $pids 2> /dev/null
    sleep 0.01
  done
}

_is_up() {
  case $(_get "$FOLDER/incarnation") in "$INCARNATION") ;; *) return 1 ;; esac
  case $(_get "$FOLDER/state") in Online | OnlinePending) ;; *) return 1 ;; esac
}

# ---- files and frames ----------------------------------------------------------------------------------------------------------

_get() { if [ -f "$1" ]; then IFS= read -r _value < "$1"; printf %s "$_value"; fi; }
_put() { printf '%s\n' "$2" > "$1.$$" && mv "$1.$$" "$1"; }

# One write of less than 4096 bytes is never mixed with another. A connection that is gone has no pipe any more.
_send() { [ -p "$1" ] && printf '%s\f' "$2" > "$1"; }
_answer() { _send "$1" "{\"type\":\"response\",\"data\":{\"id\":$2,$3}}"; }
_error() { printf '"ok":false,"error":%s' "$(jq -cn --arg code "$1" --arg message "$2" '{code: $code, message: $message[:1024], retryable: false}')"; }
_refuse() { _answer "$LINK" "$ID" "$(_error "$1" "$2")"; }
_done='"ok":true,"result":{}'
_pending='"ok":true,"result":{"pending":true}'

# A request of the host. Before the welcome there is nobody to be asked.
_report() {
  [ -f "$STATE/welcome" ] && _send "$(_get "$STATE/welcome")" "{\"type\":\"request\",\"data\":{\"id\":\"$1\",\"method\":\"statusReport\",\"params\":$2}}"
}

_hello() {
  for FOLDER in "$STATE"/r/*/; do
    [ -f "$FOLDER/state" ] || continue
    printf '{"id":"%s","incarnation":%s,"state":"%s"' "$(basename "$FOLDER")" "$(_get "$FOLDER/incarnation")" "$(_get "$FOLDER/state")"
    [ -d "$FOLDER/failed" ] && printf ',"failed":true'
    [ -f "$FOLDER/last" ] && printf ',"lastOp":%s' "$(_get "$FOLDER/last")"
    [ "$(_get "$FOLDER/state")" = Online ] && printf ',"contract":"%s"' "$CONTRACT"
    printf '}\n'
  done > "$STATE/resources"
  # The token is in no command line and in no environment: printf is the shell itself. 500 resources have less than 256 KiB.
  jq -cs 'range(0; [length, 1] | max; 500) as $first | (if $first == 0 then length else empty end), .[$first:$first + 500]' "$STATE/resources" | {
    read -r count
    read -r resources
    printf '{"type":"hello","data":{"protocols":["andon/1"],"token":"%s","hostId":"%s","pid":%s,' "$TOKEN" "$ANDON_HOST_ID" "$$"
    printf '"software":{"name":"andon-host for sh","version":"0.1.0"},"concurrency":"perResource","capabilities":{"remembersResults":true},'
    printf '"resourceCount":%s,"resources":%s}}\f' "$count" "$resources"
    while read -r resources; do
      printf '{"type":"notify","data":{"method":"resources","params":{"resources":%s}}}\f' "$resources"
    done
  }
}

# Six lines for each frame that counts: what it is, id as JSON, method, resource, incarnation, and one thing more.
_FRAMES='
def name: if type == "string" and test("^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$") then . else "" end;
def number: if type == "number" and . >= 1 and . <= 4294967295 and floor == . then . else 0 end;
select(type == "object" and (.data | type) == "object") | .data as $data
| (if ($data.params | type) == "object" then $data.params else {} end) as $params
| if .type == "request" then ["request", $data.method, $params]
  elif .type == "response" then ["response", "", ($data.result.answer? // "")]
  elif .type == "notify" then ["notify", $data.method, ""]
  elif .type == "welcome" then ["welcome", "", ($data.limits.orphanPeriodMs // 600000)]
  elif .type == "goodbye" then ["goodbye", $data.code, $data.message]
  else empty end
| .[0], (if .[0] == "notify" then $params.id else $data.id end | tojson), (.[1] | tostring | gsub("[^A-Za-z_]"; "?")),
  ($params.resourceId | name), ($params.incarnation | number), (.[2] | if type == "string" then gsub("[\n\f]"; " ") else tojson end)'

# ---- entry points as processes -------------------------------------------------------------------------------------------------

# Starts one, in the background; its group is what `pid` says. No program inherits descriptor 3.
_start() {
  ANDON_CALL=$1 CALL=$1 LINK=$LINK ID=$ID GIVEN=$GIVEN RESOURCE=$RESOURCE INCARNATION=$INCARNATION FOLDER=$FOLDER STATE=$STATE HOST_PID=$$ \
    CALL_FILE=${CALL_FILE:-} setsid sh "$0" 3>&- 9>&- < /dev/null &
  PID=$!
}

_run() {
  EVENT_HANDLE=$ANDON_EVENT_HANDLE FAILURE_RECORD=$RESOURCE@$INCARNATION OPERATION=$FAILURE_RECORD/$CALL
  unset ANDON_CALL
  trap : PIPE
  rm -f "$FOLDER/because.$CALL"
  case $CALL in
    online | offline | terminate) "_run_$CALL" ;;
    isAlive) _answer_once "$(_alive is_alive)" ;;
    looksAlive) _answer_once "$(_alive looks_alive)" ;;
    resourceControl) _answer_once "$(_control)" ;;
    open) if open "$GIVEN"; then _answer_once '"ok":true,"result":{"found":"running"}'; else _answer_once '"ok":true,"result":{"found":"nothing"}'; fi ;;
    close) close; _answer_once "$_done"; rm -rf "$FOLDER" ;;
  esac
}

# The error that `because` named.
_why() {
  [ -f "$FOLDER/because.$CALL" ] || printf 'failed\n%s of %s failed; the log of its host may say why\n' "$CALL" "$RESOURCE" > "$FOLDER/because.$CALL"
  { read -r _code && IFS= read -r _text; } < "$FOLDER/because.$CALL"
  _error "$_code" "$_text"
}

# Whoever takes the file away answers: the call itself, or the terminate that overtakes it.
_answer_once() { mv "$CALL_FILE" "$CALL_FILE.answered" 2> /dev/null && rm -f "$CALL_FILE".* && _answer "$LINK" "$ID" "$1"; }

_alive() {
  if "$1" >&2; then printf '"ok":true,"result":{"alive":true}'; return; fi
  if [ -f "$FOLDER/because.$CALL" ]; then { read -r _code && IFS= read -r _text; } < "$FOLDER/because.$CALL"; fi
  printf '"ok":true,"result":%s' "$(jq -cn --arg reason "${_text:-it does not run}" '{alive: false, reason: $reason}')"
}

_control() {
  code=$(printf %s "$GIVEN" | jq -r .code)
  if ! output=$(control "$code" "$(printf %s "$GIVEN" | jq -c .input)"); then _why; return; fi
  if [ "${#output}" -gt 3000 ]; then because "the output of $code has ${#output} characters; a host in sh may answer 3000"; _why; return; fi
  # What is no JSON is a text.
  output=$(printf %s "$output" | jq -cs 'if length == 1 then .[0] else error end' 2> /dev/null || printf %s "$output" | jq -cRs .)
  printf '"ok":true,"result":{"output":%s}' "$output"
}

_run_online() {
  if ! online; then _finish "$(_why)" Failed "$(jq -cn --arg text "$(_get_reason)" '{state: "failed", text: $text}')"; return; fi
  if [ "$CONTRACT" = event ]; then contract="\"eventHandle\":\"$EVENT_HANDLE\""; else contract="\"looksAliveMs\":${LOOKS_ALIVE_MS:-5000},\"isAliveMs\":${IS_ALIVE_MS:-60000}"; fi
  _finish "\"ok\":true,\"result\":{\"contract\":\"$CONTRACT\",$contract}" Online "{\"state\":\"online\",$contract}"
}

_run_offline() {
  if [ -f "$FOLDER/began" ] && ! offline; then _finish "$(_why)" Failed "$(jq -cn --arg text "$(_get_reason)" '{state: "failed", text: $text}')"; return; fi
  _finish "$_done" Offline '{"state":"offline"}'
}

_get_reason() { sed -n 2p "$FOLDER/because.$CALL"; }

# Only if no terminate was faster: whoever takes `running` away decides.
_finish() {
  rmdir "$FOLDER/running" 2> /dev/null || return 0
  _put "$FOLDER/$CALL.answer" "$1"
  _remember "$1"
  [ "$2" = Online ] && date +%s%N > "$FOLDER/order"
  [ "$2" = Offline ] && rm -rf "$FOLDER/began" "$FOLDER/failed" "$FOLDER/online.pid"
  _put "$FOLDER/report" "{\"operationId\":\"$OPERATION\",\"checkpoint\":$((${checkpoint:-0} + 1)),${3#?}"
  _put "$FOLDER/state" "$2"
  _report "report/$RESOURCE" "$(_get "$FOLDER/report")"
}

_remember() { case $1 in '"ok":true'*) _ok=true ;; *) _ok=false ;; esac; _put "$FOLDER/last" "{\"id\":\"$OPERATION\",\"ok\":$_ok}"; }

_run_terminate() {
  if [ ! -f "$FOLDER/began" ] || terminate; then answer=$_done; rm -f "$FOLDER/began"; else answer=$(_why); fi
  _remember "$answer"
  _put "$FOLDER/terminate.answer" "$answer"
  # The daemon may have asked again, on a new connection.
  { read -r LINK && read -r ID; } < "$FOLDER/terminate.asker"
  _answer "$LINK" "$ID" "$answer"
}

# ---- what the daemon sends -----------------------------------------------------------------------------------------------------

_loop() {
  LINK=$1 CALLS=0
  while read -r KIND && IFS= read -r ID && IFS= read -r METHOD && IFS= read -r RESOURCE && IFS= read -r INCARNATION && IFS= read -r GIVEN; do
    FOLDER=$STATE/r/${RESOURCE:-?}
    case $KIND in
      request) _request ;;
      welcome) _welcome ;;
      response) _heard ;;
      notify) _notified ;;
      # With the connection ends what reads it, and the host obeys.
      goodbye) printf '%s\n%s\n' "$METHOD" "$GIVEN" > "$STATE/goodbye" && kill "$(_get "$STATE/socat")" ;;
    esac
  done
}

_welcome() {
  _put "$STATE/orphanPeriodMs" "$GIVEN"
  _put "$STATE/welcome" "$LINK"
  for report in "$STATE"/r/*/report; do
    [ -f "$report" ] && _report "report/$(basename "${report%/report}")" "$(_get "$report")"
  done
}

_heard() {
  of=${ID#*/} of=$STATE/r/${of%\"}
  case $ID in \"report/*) rm -f "$of/report" ;; esac
  # Told to give up: the terminate that follows cleans up.
  case $ID$GIVEN in *progress/*terminate*) kill -TERM "-$(_get "$of/pid")" 2> /dev/null ;; esac
}

_notified() {
  [ -d "$FOLDER" ] || FOLDER=
  case $METHOD in
    recordDismissed) [ "$FOLDER" ] && [ "$(_get "$FOLDER/incarnation")" = "$INCARNATION" ] && rm -rf "$FOLDER/failed" ;;
    cancel) for call in "$STATE"/r/*/calls/[0-9]*; do [ -f "$call" ] && [ "$(sed -n 2p "$call")" = "$ID" ] && _cancel "$call"; done ;;
  esac
}

_request() {
  case $METHOD in
    ping) _answer "$LINK" "$ID" "$_done" ;;
    startup) _answer "$LINK" "$ID" "\"ok\":true,\"result\":$(printf %s "$GIVEN" | jq -c --arg type "$TYPE" '{resourceTypes: [(.types // [])[] | select(. == $type)]}')" ;;
    open | close | terminate | online | offline | looksAlive | isAlive | resourceControl) _of_resource ;;
    *) _refuse notSupported "this host knows no method $(printf %s "$METHOD" | cut -c 1-60)" ;;
  esac
}

_of_resource() {
  if [ -z "$RESOURCE" ]; then _refuse invalidParams "$METHOD: resourceId is no name of a resource"; return; fi
  case $METHOD in online | offline | terminate | looksAlive | isAlive)
    if [ "$INCARNATION" = 0 ]; then _refuse invalidParams "$METHOD of $RESOURCE: incarnation is no integer from 1 to 4294967295"; return; fi ;;
  esac
  if [ "$METHOD" = open ]; then _open; return; fi
  if [ ! -d "$FOLDER" ]; then
    case $METHOD in
      terminate | close) _answer "$LINK" "$ID" "$_done" ;;
      *) _refuse unknownResource "there is no resource $RESOURCE in this host" ;;
    esac
    return
  fi
  now=$(_get "$FOLDER/incarnation")
  case $METHOD in
    resourceControl) if command -v control > /dev/null; then INCARNATION=$now; _call; else _refuse notSupported "$TYPE has no control codes"; fi ;;
    close) if command -v close > /dev/null; then INCARNATION=$now; _call; else rm -rf "$FOLDER"; _answer "$LINK" "$ID" "$_done"; fi ;;
    *) if [ "$INCARNATION" -lt "$now" ]; then _refuse staleIncarnation "$RESOURCE@$INCARNATION is over; this host has @$now"; else "_$METHOD"; fi ;;
  esac
}

_open() {
  if [ "$(printf %s "$GIVEN" | jq -r '[.type, (.properties | type), (.recover | type)] | join(" ")')" != "$TYPE object boolean" ]; then
    _refuse invalidParams "open of $RESOURCE: this host serves the type $TYPE; properties is an object, recover true or false"
    return
  fi
  [ -d "$FOLDER" ] || { mkdir -p "$FOLDER/calls" && _put "$FOLDER/incarnation" 0 && _put "$FOLDER/state" Offline; }
  printf %s "$GIVEN" | jq -c .properties > "$FOLDER/properties"
  INCARNATION=$(_get "$FOLDER/incarnation")
  GIVEN=$(printf %s "$GIVEN" | jq -r 'if .recover then "recover" else "" end')
  [ "$GIVEN" ] && : > "$FOLDER/began"
  if command -v open > /dev/null; then _call; else _answer "$LINK" "$ID" '"ok":true,"result":{"found":"nothing"}'; fi
}

# A call of the form RESOURCE@INCARNATION/CALL that was answered before is answered from memory.
_repeats() {
  [ "$(_get "$FOLDER/$METHOD.id")" = "$ID" ] || return 1
  if [ "$METHOD" = terminate ]; then printf '%s\n%s\n' "$LINK" "$ID" > "$FOLDER/terminate.asker"; fi
  if [ -f "$FOLDER/$METHOD.answer" ]; then rm -f "$FOLDER/report"; _answer "$LINK" "$ID" "$(_get "$FOLDER/$METHOD.answer")"
  elif [ "$METHOD" != terminate ]; then _answer "$LINK" "$ID" "$_pending"; fi
}

# Online and offline are answered `pending` at once; their end is told by a status report.
_pend() {
  rm -f "$FOLDER/$METHOD.answer" "$FOLDER/report"
  _put "$FOLDER/$METHOD.id" "$ID"
  _put "$FOLDER/operation" "$METHOD"
  mkdir "$FOLDER/running"
  _put "$FOLDER/incarnation" "$INCARNATION"
  _put "$FOLDER/state" "$1"
  _answer "$LINK" "$ID" "$_pending"
  _start "$METHOD"
  _put "$FOLDER/$METHOD.pid" "$PID"
  _put "$FOLDER/pid" "$PID"
}

_online() {
  _repeats && return
  if [ "$INCARNATION" = "$now" ]; then _refuse staleIncarnation "$RESOURCE@$now is over or online; an online has a larger incarnation"; return; fi
  if [ "$(_get "$FOLDER/state")" != Offline ] && [ ! -f "$FOLDER/terminate.answer" ]; then
    _refuse invalidState "online of $RESOURCE@$INCARNATION: @$now is $(_get "$FOLDER/state"); terminate it first"
    return
  fi
  printf %s "$GIVEN" | jq -c '.properties // {}' > "$FOLDER/properties"
  rm -rf "$FOLDER/failed" "$FOLDER/terminate.answer"
  : > "$FOLDER/began"
  _pend OnlinePending
}

_offline() {
  _repeats && return
  if [ -d "$FOLDER/running" ]; then _refuse invalidState "offline of $RESOURCE@$INCARNATION: it is $(_get "$FOLDER/state"); terminate it or wait"; return; fi
  _pend OfflinePending
}

_isAlive() { _check is_alive; }
_looksAlive() { _check looks_alive; }
_check() {
  if [ "$INCARNATION" != "$now" ]; then _refuse staleIncarnation "$RESOURCE@$INCARNATION is not begun; this host has @$now"; return; fi
  case $(_get "$FOLDER/state") in Offline | Failed) _answer "$LINK" "$ID" '"ok":true,"result":{"alive":false,"reason":"it is not online"}'; return ;; esac
  if command -v "$1" > /dev/null; then _call
  elif [ -d "$FOLDER/failed" ]; then _answer "$LINK" "$ID" '"ok":true,"result":{"alive":false,"reason":"it reported a failure"}'
  else _answer "$LINK" "$ID" '"ok":true,"result":{"alive":true}'; fi
}

# A call that answers by itself, unless it is overtaken.
_call() {
  CALLS=$((CALLS + 1))
  CALL_FILE=$FOLDER/calls/$CALLS
  printf '%s\n%s\n' "$LINK" "$ID" > "$CALL_FILE"
  _start "$METHOD"
  _put "$FOLDER/calls/pid.$CALLS" "$PID"
}

_cancel() {
  mv "$1" "$1.cancelled" 2> /dev/null || return 0
  kill -KILL "-$(_get "${1%/*}/pid.${1##*/}")" 2> /dev/null
  { read -r asker && read -r call; } < "$1.cancelled"
  rm -f "$1.cancelled"
  _answer "$asker" "$call" "$(_error cancelled "call $call was overtaken or is not waited for any more")"
}

_terminate() {
  _repeats && return
  rm -f "$FOLDER/terminate.answer"
  _put "$FOLDER/terminate.id" "$ID"
  printf '%s\n%s\n' "$LINK" "$ID" > "$FOLDER/terminate.asker"
  _put "$FOLDER/incarnation" "$INCARNATION"
  _overtake
  _put "$FOLDER/state" Failed
  _start terminate
}

# Ends what runs of the resource's calls, and what watches it.
_overtake() {
  if rmdir "$FOLDER/running" 2> /dev/null; then
    rm -f "$FOLDER/report"
    _put "$FOLDER/$(_get "$FOLDER/operation").answer" "$(_error cancelled "an operation of $RESOURCE was overtaken by its terminate")"
    # One that has just been started may lead no group yet.
    kill -KILL "$(_get "$FOLDER/pid")" 2> /dev/null
  fi
  for call in online offline; do
    [ -f "$FOLDER/$call.pid" ] && kill -KILL "-$(_get "$FOLDER/$call.pid")" 2> /dev/null
    rm -f "$FOLDER/$call.pid"
  done
  for call in "$FOLDER"/calls/[0-9]*; do [ -f "$call" ] && _cancel "$call"; done
  rm -rf "$FOLDER/failed"
}

# ---- the host ------------------------------------------------------------------------------------------------------------------

# Serves one type to the daemon that started this process. The last line of a host script.
serve() {
  TYPE=$1
  if command -v looks_alive > /dev/null; then CONTRACT=poll; else CONTRACT=event; fi
  if [ "${ANDON_CALL:-}" ]; then _run; exit; fi
  if [ -z "${ANDON_SOCKET:-}" ]; then
    echo "This is a resource host of andon, for $TYPE. The daemon andond starts it; by hand it has nothing to do." >&2
    exit 2
  fi
  for program in socat jq setsid stdbuf timeout; do
    command -v "$program" > /dev/null || { echo "$0 needs $program, which is not installed: a host in sh is made of socat, jq and coreutils." >&2; exit 2; }
  done
  TOKEN=$ANDON_TOKEN
  unset ANDON_TOKEN
  _clear_away
  STATE=$(mktemp -d "${TMPDIR:-/tmp}/andon-sh.XXXXXX")
  mkdir "$STATE/r"
  _put "$STATE/whose" "$ANDON_SOCKET $ANDON_HOST_ID"
  mkfifo "$STATE/alive"
  exec 9<> "$STATE/alive"
  _outlive &
  trap 'rm -rf "$STATE"' EXIT
  trap '_shut_down' TERM INT
  # A daemon that ends while something is written does not end the host. Handled, not ignored: programs do not inherit that.
  trap : PIPE
  _put "$STATE/orphanPeriodMs" 600000
  _stay_connected
}

# A host that is killed takes its connection along: else the daemon would talk to what is left of it.
_outlive() {
  trap - TERM INT EXIT
  exec 9>&-
  cat "$STATE/alive" > /dev/null
  kill "$(_get "$STATE/socat")" 2> /dev/null
}

# What a host of before, which was killed, could not end and remove. Processes on Linux only.
_clear_away() {
  while pids=$(grep -lzxF "ANDON_HOST_ID=$ANDON_HOST_ID" /proc/[0-9]*/environ 2> /dev/null | xargs -r grep -lzxF "ANDON_SOCKET=$ANDON_SOCKET" 2> /dev/null |
    xargs -r grep -lz '^ANDON_CALL=' 2> /dev/null | cut -d / -f 3) && [ "$pids" ]; do
    kill -KILL $pids 2> /dev/null
    sleep 0.01
  done
  for state in "${TMPDIR:-/tmp}"/andon-sh.*; do
    [ -O "$state" ] && [ ! -L "$state" ] && [ "$(_get "$state/whose")" = "$ANDON_SOCKET $ANDON_HOST_ID" ] && rm -rf "$state"
  done
}

_stay_connected() {
  lost_at=$(date +%s)
  while :; do
    _connect & CONNECTION=$!
    wait "$CONNECTION"
    if [ -f "$STATE/welcome" ]; then lost_at=$(date +%s); fi
    rm -f "$STATE/welcome"
    _obey_goodbye
    period=$(_get "$STATE/orphanPeriodMs")
    if [ "$period" -gt 0 ] && [ $((($(date +%s) - lost_at) * 1000)) -ge "$period" ]; then _shut_down; fi
    # 0.1 to 0.9 s, so that the hosts of one daemon do not come back all at once.
    sleep "0.$(($(od -An -N1 -tu1 /dev/urandom) % 9 + 1))" 9>&- & wait $!
  done
}

_obey_goodbye() {
  [ -f "$STATE/goodbye" ] || return 0
  { read -r code && IFS= read -r message; } < "$STATE/goodbye"
  rm -f "$STATE/goodbye"
  [ "$code" = shutdown ] && _shut_down
  echo "the daemon said goodbye: $code: $message" >&2
  for resource in "$STATE"/r/*/; do [ -d "$resource" ] && return; done
  exit 1
}

# One connection, until it ends. Whoever has something to say to the daemon writes it into the pipe of the connection.
_connect() {
  trap - TERM INT EXIT
  exec 9>&-
  link=$(mktemp -u "$STATE/link.XXXXXX")
  mkfifo "$link"
  _hello > "$STATE/hello"
  cat "$STATE/hello" > "$link" &
  { setsid sh -c 'echo $$ > "$1/socat"; exec socat -t0 STDIO "UNIX-CONNECT:$2" 3>&- 9>&-' - "$STATE" "$ANDON_SOCKET" <> "$link" 2> /dev/null; rm -f "$link"; } |
    stdbuf -o0 tr '\f' '\n' 3>&- | jq --unbuffered -r "$_FRAMES" 3>&- | _loop "$link"
  kill $! 2> /dev/null
}

# Offline, the last that came online first, then the end.
_shut_down() {
  trap '' TERM INT
  kill "$(_get "$STATE/socat")" 2> /dev/null
  wait "$CONNECTION" 2> /dev/null
  rm -f "$STATE/welcome"
  for FOLDER in $(for folder in "$STATE"/r/*/; do [ -f "$folder/began" ] && echo "$(_get "$folder/order") $folder"; done | sort -rn | sed 's/^[^ ]* //'); do
    RESOURCE=$(basename "$FOLDER") INCARNATION=$(_get "$FOLDER/incarnation") LINK= ID= GIVEN=
    rmdir "$FOLDER/running" 2> /dev/null && kill -KILL "-$(_get "$FOLDER/pid")" 2> /dev/null
    _put "$FOLDER/state" OfflinePending
    mkdir "$FOLDER/running"
    _start offline
    # In a session of its own, so that its sleep ends with it.
    setsid sh -c 'sleep 60; kill -KILL "-$1"' - "$PID" 2> /dev/null 9>&- & limit=$!
    wait "$PID"
    kill -KILL "-$limit" 2> /dev/null
    [ "$(_get "$FOLDER/state")" = Offline ] && continue
    echo "offline of $RESOURCE failed; terminating it" >&2
    printf '\n\n' > "$FOLDER/terminate.asker"
    _start terminate
    wait "$PID"
  done
  exit 0
}
