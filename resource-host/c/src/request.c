#include "request.h"
#include "connection.h"
#include "loop.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The ids of this host's requests are `h` and a number. */
static uint64_t last_request;

typedef struct asked_handle {
  struct asked_handle *next;
  uint64_t request;
  andon_handle_made *made;
  void *context;
} asked_handle;
static asked_handle *asked_handles;

/* 0 = there is no daemon that would take it. */
static uint64_t send_request(const char *method, const text *params) {
  if (!connection_is_welcomed()) return 0;
  text data = {0};
  text_format(&data, "{\"id\":\"h%" PRIu64 "\",\"method\":\"%s\",\"params\":", ++last_request, method);
  text_append(&data, params->bytes, params->length);
  text_append(&data, "}", 1);
  connection_send("request", &data);
  text_free(&data);
  return last_request;
}

static void send_waiting_report(status_reports *reports) {
  if (reports->request != 0 || reports->waiting.length == 0) return;
  reports->request = send_request("statusReport", &reports->waiting);
  if (reports->request == 0) return;
  text_free(&reports->sent);
  reports->sent = reports->waiting;
  reports->waiting = (text){0};
}

void report_status(andon_resource *resource, andon_call *call, const char *members) {
  status_reports *reports = &resource->reports;
  snprintf(reports->operation_id, sizeof reports->operation_id, "%s", call->id);
  text_free(&reports->waiting);
  text_format(&reports->waiting, "{\"operationId\":");
  text_append_json(&reports->waiting, call->id, strlen(call->id));
  text_format(&reports->waiting, ",\"checkpoint\":%u,%s}", (unsigned)call->checkpoint, members);
  send_waiting_report(reports);
}

void forget_reports(andon_resource *resource) {
  text_free(&resource->reports.sent);
  text_free(&resource->reports.waiting);
  resource->reports.request = 0;
}

/* The daemon has given the operation up: a terminate was or will be sent. */
static void give_up(andon_resource *resource) {
  for (andon_call *call = resource->calls; call; call = call->next) {
    if (call->is_given_up || strcmp(call->id, resource->reports.operation_id) != 0) continue;
    call->is_given_up = true;
    cancel_call(call);
    return;
  }
}

static void handle_report_answer(andon_resource *resource, const andon_json *data) {
  const char *answer = andon_json_text(andon_json_member(andon_json_member(data, "result"), "answer"), "continue");
  resource->reports.request = 0;
  text_free(&resource->reports.sent);
  if (strcmp(answer, "terminate") == 0) {
    text_free(&resource->reports.waiting);
    give_up(resource);
  }
  send_waiting_report(&resource->reports);
}

static void handle_handle_answer(uint64_t request, const andon_json *data) {
  for (asked_handle **at = &asked_handles; *at; at = &(*at)->next) {
    asked_handle *asked = *at;
    if (asked->request != request) continue;
    *at = asked->next;
    asked->made(asked->context, andon_json_text(andon_json_member(andon_json_member(data, "result"), "eventHandle"), NULL));
    free(asked);
    return;
  }
}

void handle_response(const andon_json *data) {
  const char *id = andon_json_text(andon_json_member(data, "id"), "");
  uint64_t request = id[0] == 'h' ? strtoull(id + 1, NULL, 10) : 0;
  if (request == 0) return;
  for (andon_resource *resource = first_resource(); resource; resource = resource->next) {
    if (resource->reports.request != request) continue;
    handle_report_answer(resource, data);
    return;
  }
  handle_handle_answer(request, data);
}

void requests_lost(void) {
  for (andon_resource *resource = first_resource(); resource; resource = resource->next) {
    status_reports *reports = &resource->reports;
    if (reports->request == 0) continue;
    reports->request = 0;
    if (reports->waiting.length > 0) continue; /* newer, and so all that there is to tell */
    reports->waiting = reports->sent;
    reports->sent = (text){0};
  }
  while (asked_handles) handle_handle_answer(asked_handles->request, NULL);
}

void repeat_requests(void) {
  for (andon_resource *resource = first_resource(); resource; resource = resource->next) {
    send_waiting_report(&resource->reports);
    send_properties(resource);
  }
}

void send_properties(andon_resource *resource) {
  if (!resource->status_text && !resource->has_data[0] && !resource->has_data[1]) return;
  text params = {0};
  text_append(&params, "{\"resourceId\":", 14);
  text_append_json(&params, resource->name, strlen(resource->name));
  if (resource->status_text) {
    text_append(&params, ",\"statusText\":", 14);
    text_append_json(&params, resource->status_text, utf8_cut(resource->status_text, MAX_MESSAGE));
  }
  for (int i = 0; i < 2; i++) {
    if (resource->has_data[i]) text_format(&params, ",\"data%d\":%.17g", i + 1, resource->data[i]);
  }
  text_append(&params, "}", 1);
  send_request("setProperties", &params);
  text_free(&params);
}

void andon_extend_control(andon_call *call, uint32_t ms) {
  text params = {0};
  text_append(&params, "{\"callId\":", 10);
  text_append_json(&params, call->id, strlen(call->id));
  text_format(&params, ",\"ms\":%u}", (unsigned)(ms > 0 ? ms : 1));
  send_request("extendControl", &params);
  text_free(&params);
}

void andon_create_event_handle(const char *name, andon_handle_made *made, void *context) {
  text params = {0};
  text_append(&params, "{\"name\":", 8);
  text_append_json(&params, name, strlen(name));
  text_append(&params, "}", 1);
  uint64_t request = send_request("createEventHandle", &params);
  text_free(&params);
  if (request == 0) {
    made(context, NULL);
    return;
  }
  asked_handle *asked = new_memory(sizeof *asked);
  *asked = (asked_handle){.next = asked_handles, .request = request, .made = made, .context = context};
  asked_handles = asked;
}

void andon_log(andon_level level, const andon_resource *resource, const char *format, ...) {
  static const char *const levels[] = {"debug", "info", "warn", "error"};
  char message[MAX_MESSAGE + 1];
  va_list arguments;
  va_start(arguments, format);
  format_message(message, format, arguments);
  va_end(arguments);
  if (!connection_is_welcomed() || connection_backlog() > MAX_NOTIFY_BACKLOG_BYTES) {
    fprintf(stderr, "andon host: %s: %s%s%s\n", levels[level], resource ? resource->name : "", resource ? ": " : "", message);
    return;
  }
  text data = {0};
  text_format(&data, "{\"method\":\"log\",\"params\":{\"level\":\"%s\",\"text\":", levels[level]);
  text_append_json(&data, message, strlen(message));
  if (resource) {
    text_append(&data, ",\"resourceId\":", 14);
    text_append_json(&data, resource->name, strlen(resource->name));
  }
  text_append(&data, "}}", 2);
  connection_send("notify", &data);
  text_free(&data);
}
