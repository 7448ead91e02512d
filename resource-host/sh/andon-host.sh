# shellcheck shell=sh
# A resource host for andon in POSIX sh. README.md explains how to write one with it.
#
# One connection is one pipeline, socat | tr | jq, that turns each frame into a line of shell variables; `serve` reads these lines. Every entry
# point runs as a process of its own, `sh SCRIPT --entry FUNCTION`, in a session of its own: so the host goes on reading, and a terminate can
# end an entry point with all that it waits for. What is known of a resource lies in files, where every process can see it.

# One frame a line: a raw line feed inside JSON is only white space, and what stands between quotes here can hold none.
readonly ANDON_READER='
  def word: if type == "string" and test("^[A-Za-z]+$") then . else "" end;
  def name: if type == "string" and test("^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$") then . else "" end;
  def number: if type == "number" then . else 0 end;
  def object: if type == "object" then . else {} end;
  fromjson? | object | .type as $type | .data | object | (.params | object) as $params
  | @sh "frame=\($type | word) id=\(.id | tojson) method=\(.method | word) code=\(.code | word) said=\(.message | tojson)"
  + @sh " answer=\(.result | object | .answer | word) orphan=\(.limits | object | .orphanPeriodMs | number) params=\($params | tojson)"
  + @sh " resource=\($params.resourceId | name) asked=\($params.incarnation | number) recover=\($params.recover == true)"
  + @sh " properties=\($params.properties | object | tojson) types=\([$params.types[]? | select(. == $type_name)] | tojson)"
  + @sh " cancelled=\($params.id | tojson) called=\(.method | tojson)"'
# Well below the 262,144 bytes that the protocol allows.
readonly ANDON_PIECE_BYTES=200000
readonly ANDON_RECORD_BYTES=512
readonly ANDON_LONGEST_REPEAT=60

# Runs the host. The last line of a host script is: andon_host "$@"
andon_host() {
  if [ "${1:-}" = --entry ]; then
    "entry_$2"
    exit
  fi
  for program in socat jq stdbuf setsid od iconv; do
    command -v "$program" >/dev/null || leave "$0 needs $program, which is not in PATH ($PATH)."
  done
  [ -n "${ANDON_SOCKET:-}" ] || leave "$0 is a resource host: andond starts it. Register it with: andon type register --name $TYPE -- sh $0"
  ANDON_SCRIPT=$(readlink -f "$0")
  token=$ANDON_TOKEN
  unset ANDON_TOKEN
  ANDON_HOST=$(mktemp -d)
  ANDON_HOST_PROCESS=$$
  export ANDON_SCRIPT ANDON_HOST ANDON_HOST_PROCESS TYPE
  mkdir "$ANDON_HOST/resources"
  calls=0 onlines=0 orphan_ms=0 away_since='' is_over='' pipeline=''
  trap '' PIPE
  trap 'is_over=yes; hang_up' TERM INT
  trap 'rm -rf "$ANDON_HOST"' EXIT
  until [ -n "$is_over" ]; do
    serve
    [ -z "$is_over" ] || break
    away_since=${away_since:-$(now_ms)}
    if [ "$orphan_ms" -gt 0 ] && [ $(($(now_ms) - away_since)) -ge "$orphan_ms" ]; then break; fi
    # 0.1 to 0.9 s, so that the hosts of a daemon do not all come at the same moment.
    sleep "0.$((100 + $(od -An -N2 -tu2 /dev/urandom) % 800))"
  done
  take_all_offline
}

leave() {
  echo "$1" >&2
  exit 2
}

now_ms() { date +%s%3N; }

defined() { command -v "$1" >/dev/null; }

# ---- The connection --------------------------------------------------------------------------------------------------------------------

# From connecting to the end of the connection. Descriptor 7 is the way out: a process that inherits it answers on the connection that brought
# its request, and into nowhere when that is over.
serve() {
  rm -f "$ANDON_HOST/in" "$ANDON_HOST/out"
  mkfifo "$ANDON_HOST/in" "$ANDON_HOST/out"
  exec 7<>"$ANDON_HOST/out"
  setsid sh "$ANDON_SCRIPT" --entry connection <&7 >"$ANDON_HOST/in" 3>&- 7>&- &
  pipeline=$!
  exec 8<"$ANDON_HOST/in"
  say_hello
  while [ -z "$is_over" ] && IFS= read -r line <&8; do
    eval "$line"
    case $frame in
      welcome) welcomed ;;
      goodbye) said_goodbye ;;
      request) answer_request ;;
      response) answered ;;
      notify) notified ;;
    esac
  done
  exec 8<&-
  hang_up
}

entry_connection() {
  socat -t 0.1 - "UNIX-CONNECT:$ANDON_SOCKET" 2>/dev/null | stdbuf -oL tr '\n\f' ' \n' | jq -Rr --unbuffered --arg type_name "$TYPE" "$ANDON_READER"
}

hang_up() {
  [ -z "$pipeline" ] || kill -TERM -- "-$pipeline" 2>/dev/null || true
  pipeline=''
}

# send FRAME: in one write. Several processes can do so at once, since all frames but the hello are shorter than PIPE_BUF.
send() { printf '%s\f' "$1" >&7; }

# tell FRAME: on the connection of this moment, from whatever process.
tell() { printf '%s\f' "$1" 1<>"$ANDON_HOST/out"; }

say_hello() {
  count=0 told='' is_first=yes
  for dir in "$ANDON_HOST"/resources/*; do [ ! -d "$dir" ] || count=$((count + 1)); done
  for dir in "$ANDON_HOST"/resources/*; do
    [ -d "$dir" ] || continue
    describe
    told="$told${told:+,}$description"
    [ ${#told} -lt $ANDON_PIECE_BYTES ] || say_resources
  done
  if [ -n "$is_first$told" ]; then say_resources; fi
}

say_resources() {
  if [ -n "$is_first" ]; then
    send '{"type":"hello","data":{"protocols":["andon/1"],"token":"'"$token"'","hostId":"'"$ANDON_HOST_ID"'","pid":'$$',"software":{"name":"'"$TYPE"' in sh","version":"0.1.0"},"concurrency":"perResource","capabilities":{"remembersResults":true},"resourceCount":'$count',"resources":['"$told"']}}'
  else
    send '{"type":"notify","data":{"method":"resources","params":{"resources":['"$told"']}}}'
  fi
  is_first='' told=''
}

# The resource in $dir, as the hello tells it.
describe() {
  recall incarnation state operation succeeded
  # A terminate that has come and is not finished.
  [ "$state" != Terminating ] || state=Failed
  description='{"id":"'${dir##*/}'","incarnation":'$incarnation',"state":"'$state'"'
  [ -z "$succeeded" ] || description="$description"',"lastOp":{"id":"'$operation'","ok":'$succeeded'}'
  [ ! -e "$dir/failed" ] || description="$description"',"failed":true'
  if [ "$state" = Online ]; then
    if [ -e "$dir/poll" ]; then contract=poll; else contract=event; fi
    description="$description"',"contract":"'$contract'"'
  fi
  description="$description}"
}

# What was told and not acknowledged before the connection broke is told again.
welcomed() {
  away_since='' orphan_ms=$orphan
  for dir in "$ANDON_HOST"/resources/*; do
    [ ! -e "$dir/report" ] || send "$(cat "$dir/report")"
    [ ! -e "$dir/failed" ] || write_record "$(cat "$dir/failed")" 7>&- &
  done
}

said_goodbye() {
  echo "The daemon says goodbye ($code): $(printf '%s' "$said" | jq -r .)" >&2
  if [ "$code" = shutdown ]; then is_over=yes; fi
  if [ -z "$is_over" ] && [ -z "$(ls "$ANDON_HOST/resources")" ]; then exit 1; fi
}

# ---- Resources as files ----------------------------------------------------------------------------------------------------------------

of() { dir=$ANDON_HOST/resources/$1; }

# recall KEY…: reads what is kept of the resource in $dir into variables of these names.
recall() {
  for key; do
    value=''
    [ ! -e "$dir/$key" ] || IFS= read -r value <"$dir/$key" || true
    eval "$key=\$value"
  done
}

# keep KEY VALUE: a reader sees the old value or the new one.
keep() {
  printf '%s\n' "$2" >"$dir/.$1.$$" && mv "$dir/.$1.$$" "$dir/$1"
}

# ---- Requests --------------------------------------------------------------------------------------------------------------------------

# result ID JSON, refusal ID CODE TEXT: responses as frames.
result() { printf '{"type":"response","data":{"id":%s,"ok":true,"result":%s}}' "$1" "$2"; }

refusal() {
  printf '{"type":"response","data":{"id":%s,"ok":false,"error":{"code":"%s","message":%s}}}' "$1" "$2" "$(printf '%.1000s' "$3" | jq -Rs .)"
}

answer_request() {
  case $method in
    startup) send "$(result "$id" '{"resourceTypes":'"$types"'}')" ;;
    ping) send "$(result "$id" '{}')" ;;
    open | online | offline | terminate | looksAlive | isAlive | resourceControl | close) answer_call ;;
    *) send "$(refusal "$id" notSupported "This host does not know the method $called.")" ;;
  esac
}

answer_call() {
  of "$resource"
  if [ -z "$resource" ]; then
    send "$(refusal "$id" invalidParams "$method needs a resourceId that is the name of a resource.")"
  elif [ "$method" = open ]; then
    call_open
  elif [ -d "$dir" ]; then
    recall incarnation operation
    case $id:$method in
      *:close | *:resourceControl) ;;
      "\"$operation\":"*) repeat_answer && return ;;
      *) if [ "$asked" -lt "$incarnation" ]; then
        send "$(refusal "$id" staleIncarnation "$resource has incarnation $incarnation; $method names $asked.")"
        return
      fi ;;
    esac
    "call_$method"
  elif [ "$method" = terminate ] || [ "$method" = close ]; then
    send "$(result "$id" '{}')"
  else
    send "$(refusal "$id" unknownResource "$resource is not open in this host.")"
  fi
}

# The operation that the host did last or is doing, asked for again by a daemon that did not hear the answer.
repeat_answer() {
  recall succeeded response
  if [ -n "$succeeded" ]; then
    send "$response"
  elif [ "$method" = terminate ]; then
    # It answers on the connection of this moment when it is done.
    keep repeated yes
  else
    send "$(result "$id" '{"pending":true}')"
  fi
}

call_open() {
  rm -rf "$dir"
  mkdir "$dir" "$dir/calls"
  keep incarnation 0
  keep state Offline
  keep properties "$properties"
  asked=0
  if [ "$recover" = true ] && defined recover; then start_entry recover; else send "$(result "$id" '{}')"; fi
}

# Online and offline always pend: nobody knows beforehand how long they take.
call_online() {
  begin_operation OnlinePending
  keep properties "$properties"
  rm -f "$dir/poll"
  send "$(result "$id" '{"pending":true}')"
  start_entry online
}

call_offline() {
  begin_operation OfflinePending
  send "$(result "$id" '{"pending":true}')"
  start_entry offline
}

call_terminate() {
  end_entries
  begin_operation Terminating
  start_entry terminate
}

call_looksAlive() { start_entry looks_alive; }
call_isAlive() { start_entry is_alive; }
call_resourceControl() { start_entry control; }

call_close() {
  end_entries
  rm -rf "$dir"
  send "$(result "$id" '{}')"
}

begin_operation() {
  rm -f "$dir/report" "$dir/failed" "$dir/repeated" "$dir/succeeded"
  keep incarnation "$asked"
  keep operation "$resource@$asked/$method"
  keep state "$1"
}

# The daemon answers a status report; its id is "report/RESOURCE" of a final one, "progress/RESOURCE" of another.
answered() {
  name=${id%\"}
  of "${name#*/}"
  case $id in
    '"report/'*) rm -f "$dir/report" ;;
    '"progress/'*) if [ "$answer" = terminate ]; then end_entries; fi ;;
  esac
}

notified() {
  case $method in
    recordDismissed) of "$resource" && rm -f "$dir/failed" ;;
    cancel)
      for call in "$ANDON_HOST"/resources/*/calls/*; do
        if [ -e "$call" ] && [ "$(cat "$call")" = "$cancelled" ]; then end_entry "$call"; fi
      done
      ;;
  esac
}

# ---- Entry points ----------------------------------------------------------------------------------------------------------------------

# The file calls/NUMBER of a resource holds the id that its entry point owes an answer to. Who removes it answers.
start_entry() {
  calls=$((calls + 1))
  printf '%s\n' "$id" >"$dir/calls/$calls"
  ANDON_CALL=$calls
  run_entry "$1"
  eval "entry_$calls=$!"
}

# Without descriptor 3, and for this resource and incarnation.
run_entry() {
  ANDON_RESOURCE=$resource ANDON_INCARNATION=$asked ANDON_FAILURE_RECORD=$resource@$asked ANDON_PARAMS=$params ANDON_CALL=$ANDON_CALL \
    setsid sh "$ANDON_SCRIPT" --entry "$1" 3>&- 8>&- </dev/null &
}

end_entries() {
  for call in "$dir"/calls/*; do [ ! -e "$call" ] || end_entry "$call"; done
}

# One that has just claimed its call is about to answer it; every other is ended with all that it waits for.
end_entry() {
  eval "pid=\$entry_${1##*/}"
  owed=$(cat "$1" 2>/dev/null) || true
  if rm "$1" 2>/dev/null; then
    kill -KILL -- "-$pid" 2>/dev/null || true
    case $owed in
      *@*/online\" | *@*/offline\") ;;
      *) send "$(refusal "$owed" cancelled "It was overtaken by a terminate, or cancelled.")" ;;
    esac
  fi
  wait "$pid" 2>/dev/null || true
}

# In the process of an entry point: whether the call is still its own to answer.
claim() { [ "$ANDON_CALL" = shutdown ] || rm "$dir/calls/$ANDON_CALL" 2>/dev/null; }

# attempt FUNCTION: runs it in a subshell, where `refuse` can end it. What it says goes to the host's log.
attempt() {
  of "$ANDON_RESOURCE"
  rm -f "$dir/refusal"
  if ("$@") >&2; then return 0; else code=$?; fi
  [ -e "$dir/refusal" ] || keep refusal "$1 ended with code $code"
  return $code
}

entry_online() {
  if attempt online; then
    claim || return 0
    keep state Online
    date +%s%N >"$dir/since"
    end_operation true online
  else
    claim || return 0
    keep state Failed
    end_operation false failed
  fi
}

entry_offline() {
  if attempt "$(defined offline && echo offline || echo terminate)"; then
    claim || return 0
    keep state Offline
    end_operation true offline
  else
    claim || return 0
    keep state Failed
    end_operation false failed
  fi
}

# end_operation SUCCEEDED STATE: what is kept for a repeat, and the report that is told until it is answered.
end_operation() {
  recall operation refusal
  case $2 in
    online) keep response "$(result "\"$operation\"" "$(contract)")" ;;
    offline) keep response "$(result "\"$operation\"" '{}')" ;;
    failed) keep response "$(refusal "\"$operation\"" failed "$refusal")" ;;
  esac
  keep succeeded "$1"
  recall checkpoint
  more=''
  [ "$2" != online ] || more=",$(contract | sed 's/^{"contract":"[a-z]*",\{0,1\}//; s/}$//')"
  [ "$2" != failed ] || more=',"text":'$(printf '%.1000s' "$refusal" | jq -Rs .)
  keep report '{"type":"request","data":{"id":"report/'"$ANDON_RESOURCE"'","method":"statusReport","params":{"operationId":"'"$operation"'","checkpoint":'$((${checkpoint:-0} + 1))',"state":"'"$2"'"'"${more%,}"'}}}'
  [ "$ANDON_CALL" = shutdown ] || tell "$(cat "$dir/report")"
}

# What an online answers.
contract() {
  if [ -e "$dir/poll" ]; then cat "$dir/poll"; else printf '{"contract":"event","eventHandle":"%s"}' "$ANDON_EVENT_HANDLE"; fi
}

entry_terminate() {
  recall_owed
  if attempt terminate; then
    succeeded=true frame=$(result "$owed" '{}')
  else
    recall refusal
    succeeded=false frame=$(refusal "$owed" failed "$refusal")
  fi
  claim || return 0
  keep state Offline
  keep response "$frame"
  keep succeeded $succeeded
  if [ -e "$dir/repeated" ]; then tell "$frame"; else send "$frame"; fi
}

recall_owed() {
  of "$ANDON_RESOURCE"
  owed=$(cat "$dir/calls/$ANDON_CALL" 2>/dev/null) || owed=null
}

# A resource whose type has no such function is what its state says.
entry_is_alive() { answer_alive is_alive; }
entry_looks_alive() { answer_alive "$(defined looks_alive && echo looks_alive || echo is_alive)"; }

answer_alive() {
  recall_owed
  recall state
  if [ -e "$dir/failed" ] || [ "$state" != Online ]; then
    recall failed
    answer='{"alive":false,"reason":"'$state${failed:+, failed}'"}'
  elif ! defined "$1" || attempt "$1"; then
    answer='{"alive":true}'
  else
    recall refusal
    answer='{"alive":false,"reason":'$(printf '%.1000s' "$refusal" | jq -Rs .)'}'
  fi
  ! claim || send "$(result "$owed" "$answer")"
}

# The function `control` gets the code and prints the output; code 3 says that it does not know it.
entry_control() {
  recall_owed
  code=$(printf '%s' "$ANDON_PARAMS" | jq -r '.code // ""')
  output=$( (defined control || exit 3; control "$code") ) && status=0 || status=$?
  case $status in
    0) frame=$(result "$owed" '{"output":'"$(printf '%.3000s' "$output" | jq -Rs .)"'}') ;;
    3) frame=$(refusal "$owed" notSupported "There is no control code $code.") ;;
    *) frame=$(refusal "$owed" failed "Control code $code ended with code $status: $output") ;;
  esac
  ! claim || send "$frame"
}

# The function `recover` says whether the resource still runs.
entry_recover() {
  recall_owed
  if attempt recover; then found=running; else found=nothing; fi
  ! claim || send "$(result "$owed" '{"found":"'$found'"}')"
}

# The last that came online goes first.
take_all_offline() {
  ANDON_CALL=shutdown params='{}'
  for dir in $(for dir in "$ANDON_HOST"/resources/*; do
    recall state since 2>/dev/null
    case $state in Online | *Pending) echo "${since:-0} $dir" ;; esac
  done | sort -rn | cut -d' ' -f2-); do
    end_entries 7>/dev/null
    resource=${dir##*/}
    recall incarnation
    asked=$incarnation
    run_entry offline
    wait $! || true
  done
}

# ---- For host scripts ------------------------------------------------------------------------------------------------------------------

# property NAME: prints a private property; nothing when it is not set.
property() {
  of "$ANDON_RESOURCE"
  jq -r --arg name "$1" '.[$name] | if . == null then empty else . end' "$dir/properties"
}

# resource_folder: prints a folder for files of this resource. It ends with the host.
resource_folder() {
  of "$ANDON_RESOURCE"
  mkdir -p "$dir/own"
  printf '%s\n' "$dir/own"
}

# refuse TEXT: the entry point does not succeed, and why.
refuse() {
  of "$ANDON_RESOURCE"
  keep refusal "$(printf '%s' "$1" | tr '\n' ' ')"
  exit 1
}

# poll LOOKS_ALIVE_MS IS_ALIVE_MS: within online, asks the daemon to ask. Without it nobody asks, and the script must call `fail`.
poll() {
  of "$ANDON_RESOURCE"
  keep poll '{"contract":"poll","looksAliveMs":'"$1"',"isAliveMs":'"$2"'}'
}

# progress TEXT: a pended online or offline has come further.
progress() {
  of "$ANDON_RESOURCE"
  recall checkpoint operation
  checkpoint=$((${checkpoint:-0} + 1))
  keep checkpoint $checkpoint
  case $operation in */online) state=onlinePending ;; *) state=offlinePending ;; esac
  tell '{"type":"request","data":{"id":"progress/'"$ANDON_RESOURCE"'","method":"statusReport","params":{"operationId":"'"$operation"'","checkpoint":'$checkpoint',"state":"'$state'","text":'"$(printf '%.1000s' "$1" | jq -Rs .)"'}}}'
}

# in_background FUNCTION: runs it beside the entry point, with its resource and incarnation, until it ends by itself.
in_background() { ANDON_CALL=background ANDON_BACKGROUND=$1 setsid sh "$ANDON_SCRIPT" --entry background </dev/null >&2 7>&- & }

entry_background() { "$ANDON_BACKGROUND"; }

# processes: prints the pids of all that `in_background` has started for this resource and of what came of it, also under an earlier host.
processes() {
  grep -lzx "ANDON_RESOURCE=$ANDON_RESOURCE" /proc/[0-9]*/environ 2>/dev/null |
    xargs -r grep -lzx "ANDON_SOCKET=$ANDON_SOCKET" 2>/dev/null |
    xargs -r grep -lzx ANDON_CALL=background 2>/dev/null |
    sed 's|/proc/||; s|/environ||'
}

# end_processes: kills them, and returns when they are gone.
end_processes() {
  while pids=$(processes) && [ -n "$pids" ]; do
    kill -KILL $pids 2>/dev/null
    sleep 0.01
  done
}

# fail REASON: this incarnation has failed. Once for each; repeated until terminate or recordDismissed comes.
fail() {
  of "$ANDON_RESOURCE"
  recall incarnation state
  [ "$incarnation" = "$ANDON_INCARNATION" ] && [ ! -e "$dir/failed" ] || return 0
  case $state in Online | OnlinePending) ;; *) return 0 ;; esac
  room=$((ANDON_RECORD_BYTES - ${#ANDON_FAILURE_RECORD} - 2))
  reason=$(printf '%s' "$1" | tr '[:cntrl:]' ' ' | head -c $room | iconv -c -f UTF-8 -t UTF-8)
  keep failed "$ANDON_FAILURE_RECORD $reason"
  setsid sh "$ANDON_SCRIPT" --entry repeated_record </dev/null 7>&- &
}

entry_repeated_record() {
  of "$ANDON_RESOURCE"
  recall failed
  record=$failed
  for pause in 2 4 8 16 32 $(yes $ANDON_LONGEST_REPEAT | head -n 1000); do
    write_record "$record"
    while [ $pause -gt 0 ]; do
      sleep 1
      recall failed
      [ "$failed" = "$record" ] || return 0
      pause=$((pause - 1))
    done
  done
}

# Through the descriptor of the host, which is the pipe even if its path is gone; opening that can create nothing.
write_record() {
  printf '%s\n' "$1" >"/proc/$ANDON_HOST_PROCESS/fd/3"
}
