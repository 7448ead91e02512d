#define _XOPEN_SOURCE 700

#include "host.h"
#include "connection.h"
#include "dispatch.h"
#include "loop.h"
#include "operation.h"
#include "request.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEFAULT_ORPHAN_PERIOD_MS = 600000, OFFLINE_LIMIT_MS = 60000, TERMINATE_LIMIT_MS = 30000 };
enum { MAX_HELLO_RESOURCES_BYTES = 262144 };

andon_call *host_calls;

static const andon_type *types;
static size_t types_count;
static char *token;
static const char *host_id;
static uint32_t orphan_period_ms = DEFAULT_ORPHAN_PERIOD_MS;
static uint64_t orphan_timer, stop_limit;
static andon_resource *stopping; /* the one whose end the host waits for */
static bool is_ending;
static int exit_code;

bool host_is_ending(void) { return is_ending; }

const andon_type *find_type(const char *name) {
  for (size_t i = 0; i < types_count; i++) {
    if (strcmp(types[i].name, name) == 0) return &types[i];
  }
  return NULL;
}

/* ── The end: everything offline, the last that came online first ── */

static void stop_is_late(void *context) {
  (void)context;
  fprintf(stderr, "andon host: %s did not end in time\n", stopping->name);
  stop_limit = 0;
  if (stopping->is_stop_forced) stopping->may_run = false;
  stopping = NULL;
  host_goes_on();
}

static andon_resource *last_online(void) {
  andon_resource *last = NULL;
  for (andon_resource *it = first_resource(); it; it = it->next) {
    bool is_stopped = !it->may_run || (it->is_stop_forced && it != stopping);
    if (!is_stopped && (!last || it->online_order > last->online_order)) last = it;
  }
  return last;
}

/* Offline if nothing else goes on with it, else and after that terminate. */
static void stop_next(andon_resource *resource) {
  stopping = resource;
  bool is_forced = resource->is_stop_asked || resource->phase != ONLINE;
  resource->is_stop_asked = true;
  resource->is_stop_forced = is_forced;
  andon_cancel_timer(stop_limit);
  stop_limit = andon_after(is_forced ? TERMINATE_LIMIT_MS : OFFLINE_LIMIT_MS, stop_is_late, NULL);
  abandon(resource, is_forced ? CALL_TERMINATE : CALL_OFFLINE);
}

static bool is_terminating(const andon_resource *resource) {
  const andon_call *call = resource->calls;
  while (call && call->method != CALL_TERMINATE) call = call->next;
  return call != NULL;
}

static bool is_going_offline(const andon_resource *resource) { return resource->phase == OFFLINE_PENDING; }

/* Later, from the loop: this is called in the midst of the end of a call. */
static void go_on(void *context) {
  (void)context;
  if (stopping && (is_terminating(stopping) || is_going_offline(stopping))) return;
  stopping = NULL;
  andon_resource *next = last_online();
  if (!next) loop_stop();
  else if (!is_terminating(next)) stop_next(next);
}

void host_goes_on(void) {
  if (is_ending) andon_after(0, go_on, NULL);
}

static void end_host(void) {
  if (is_ending) return;
  is_ending = true;
  andon_cancel_timer(orphan_timer);
  host_goes_on();
}

static void orphaned(void *context) {
  (void)context;
  fprintf(stderr, "andon host: no daemon came within %u ms; taking everything offline\n", (unsigned)orphan_period_ms);
  connection_stop();
  end_host();
}

static void await_daemon(void) {
  if (orphan_timer == 0 && orphan_period_ms > 0) orphan_timer = andon_after(orphan_period_ms, orphaned, NULL);
}

/* ── The daemon ── */

static void send_resources(const text *described, bool is_hello, size_t count) {
  text data = {0};
  if (is_hello) {
    text_format(&data, "{\"protocols\":[\"andon/1\"],\"token\":");
    text_append_json(&data, token, strlen(token));
    text_append(&data, ",\"hostId\":", 10);
    text_append_json(&data, host_id, strlen(host_id));
    text_format(&data, ",\"pid\":%ld,\"software\":{\"name\":\"andon-c\",\"version\":\"0.1.0\"},", (long)getpid());
    text_format(&data, "\"concurrency\":\"perResource\",\"capabilities\":{\"remembersResults\":true},");
    text_format(&data, "\"resourceCount\":%zu,\"resources\":[", count);
  } else {
    text_format(&data, "{\"method\":\"resources\",\"params\":{\"resources\":[");
  }
  text_append(&data, described->bytes, described->length);
  text_format(&data, is_hello ? "]}" : "]}}");
  connection_send(is_hello ? "hello" : "notify", &data);
  text_free(&data);
}

static void say_hello(void) {
  size_t count = 0;
  for (andon_resource *it = first_resource(); it; it = it->next) count += it->is_open;
  text piece = {0}, one = {0};
  bool is_hello = true;
  for (andon_resource *it = first_resource(); it; it = it->next) {
    if (!it->is_open) continue;
    one.length = 0;
    describe_resource(&one, it);
    if (piece.length > 0 && piece.length + one.length + 3 > MAX_HELLO_RESOURCES_BYTES) {
      send_resources(&piece, is_hello, count);
      is_hello = false;
      piece.length = 0;
    }
    if (piece.length > 0) text_append(&piece, ",", 1);
    text_append(&piece, one.bytes, one.length);
  }
  if (is_hello || piece.length > 0) send_resources(&piece, is_hello, count);
  text_free(&piece);
  text_free(&one);
}

static void handle_welcome(const andon_json *data) {
  const andon_json *limits = andon_json_member(data, "limits");
  uint64_t period;
  if (json_integer(andon_json_member(limits, "orphanPeriodMs"), 0, UINT32_MAX, &period)) orphan_period_ms = (uint32_t)period;
  andon_cancel_timer(orphan_timer);
  orphan_timer = 0;
  connection_welcomed();
  repeat_requests();
}

static void handle_goodbye(const andon_json *data) {
  const char *code = andon_json_text(andon_json_member(data, "code"), "");
  const char *message = andon_json_text(andon_json_member(data, "message"), "");
  bool is_shutdown = strcmp(code, "shutdown") == 0;
  fprintf(stderr, "andon host: the daemon says goodbye: %s: %s\n", code, message);
  if (is_shutdown || !first_resource()) {
    exit_code = is_shutdown ? 0 : 1;
    connection_stop();
    end_host();
  } else {
    connection_retry("the daemon does not take this host now");
  }
}

static void handle_frame(const char *type, const andon_json *data) {
  if (strcmp(type, "welcome") == 0) handle_welcome(data);
  else if (strcmp(type, "goodbye") == 0) handle_goodbye(data);
  else if (!connection_is_welcomed()) return;
  else if (strcmp(type, "request") == 0) handle_request(data);
  else if (strcmp(type, "response") == 0) handle_response(data);
  else if (strcmp(type, "notify") == 0) handle_notify(data);
}

static void handle_lost(bool was_welcome) {
  await_daemon();
  if (!was_welcome) return;
  requests_lost();
  cancel_unanswerable();
}

/* ── The environment ── */

/* Whoever holds the token speaks as this host: no program that a resource starts may find it. */
static void take_token(void) {
  const char *value = getenv("ANDON_TOKEN");
  token = copy_text(value ? value : "");
  unsetenv("ANDON_TOKEN");
}

int andon_run(const andon_type served[], size_t count) {
  types = served;
  types_count = count;
  take_token();
  const char *socket_path = getenv("ANDON_SOCKET"), *event_handle = getenv("ANDON_EVENT_HANDLE");
  const char *event_fd = getenv("ANDON_EVENT_FD");
  host_id = getenv("ANDON_HOST_ID");
  if (!socket_path || !event_handle || !host_id) {
    fprintf(stderr, "This is a resource host of andon, for the type \"%s\". andond starts it and tells it in ANDON_SOCKET\n"
                    "where to connect; by hand it has nothing to do. See: andon type register\n", count > 0 ? types[0].name : "");
    free(token);
    return 2;
  }
  loop_start(end_host);
  event_handle_start(event_handle, event_fd ? atoi(event_fd) : 3);
  await_daemon();
  connection_start(socket_path, (connection_listener){say_hello, handle_frame, handle_lost});
  loop_run();
  connection_stop();
  free(token);
  return exit_code;
}
