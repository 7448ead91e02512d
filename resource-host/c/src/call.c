#include "call.h"
#include "connection.h"
#include "operation.h"
#include "pending.h"
#include "resource.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What an output may have, so that the answer fits into a frame with its id. */
enum { MAX_OUTPUT_BYTES = MAX_FRAME_BYTES - 1024 };

andon_call *new_call(andon_call **list, call_method method, const char *id, const andon_type *type, const andon_json *params) {
  andon_call *call = new_memory(sizeof *call);
  snprintf(call->id, sizeof call->id, "%s", id);
  call->method = method;
  call->type = type;
  call->params = json_copy(params);
  call->owed_to = is_own_account(call) ? 0 : connection_number();
  call->code = "failed";
  call->next = *list;
  *list = call;
  return call;
}

void free_call(andon_call **list, andon_call *call) {
  while (*list != call) list = &(*list)->next;
  *list = call->next;
  andon_cancel_timer(call->pend_timer);
  text_free(&call->result);
  free(call->params);
  free(call);
}

andon_call *find_call(andon_call *list, call_method method, const char *id) {
  while (list && !(list->method == method && strcmp(list->id, id) == 0)) list = list->next;
  return list;
}

void run_call(andon_call *call, andon_entry_point *entry_point) {
  call->is_inside = true;
  andon_answer answer = ANDON_DONE;
  if (call->method == CALL_TYPE_CONTROL) answer = call->type->type_control(call);
  else if (entry_point) answer = entry_point(call->resource, call);
  call->is_inside = false;
  if (call->is_finished) answer = call->answer;
  if (answer != ANDON_PENDING) andon_finish(call, answer);
  else pend_soon(call);
}

void andon_finish(andon_call *call, andon_answer answer) {
  call->answer = answer;
  call->is_finished = true;
  if (!call->is_inside) end_call(call);
}

void cancel_call(andon_call *call) {
  if (call->is_cancelled || call->is_waiting) return;
  call->is_cancelled = true;
  if (call->type->cancel) call->type->cancel(call->resource, call);
}

void write_response(text *to, const andon_call *call) {
  bool is_cancelled = call->is_overtaken;
  text_append(to, "{\"id\":", 6);
  text_append_json(to, call->id, strlen(call->id));
  if (call->answer == ANDON_DONE && !is_cancelled) {
    text_format(to, ",\"ok\":true,\"result\":{%s}}", call->result.bytes ? call->result.bytes : "");
    return;
  }
  const char *message = is_cancelled ? "a terminate of this resource came meanwhile" : call->message;
  text_format(to, ",\"ok\":false,\"error\":{\"code\":\"%s\",\"message\":", is_cancelled ? "cancelled" : call->code);
  text_append_json(to, message, strlen(message));
  text_append(to, ",\"retryable\":false}}", 20);
}

void respond(const andon_call *call) {
  if (call->owed_to == 0 || call->owed_to != connection_number()) return;
  text response = {0};
  write_response(&response, call);
  connection_send("response", &response);
  text_free(&response);
}

void respond_pending(andon_call *call) {
  if (call->owed_to == 0 || call->owed_to != connection_number()) return;
  text response = {0};
  text_append(&response, "{\"id\":", 6);
  text_append_json(&response, call->id, strlen(call->id));
  text_format(&response, ",\"ok\":true,\"result\":{\"pending\":true}}");
  connection_send("response", &response);
  text_free(&response);
  call->is_pended = true;
}

void refuse_request(const char *id, const char *code, const char *message, ...) {
  andon_call refused = {.owed_to = connection_number(), .code = code, .answer = ANDON_FAILED};
  snprintf(refused.id, sizeof refused.id, "%s", id);
  va_list arguments;
  va_start(arguments, message);
  format_message(refused.message, message, arguments);
  va_end(arguments);
  respond(&refused);
}

andon_answer andon_refuse(andon_call *call, const char *code, const char *message, ...) {
  va_list arguments;
  va_start(arguments, message);
  format_message(call->message, message, arguments);
  va_end(arguments);
  static const char *const codes[] = {"notSupported", "invalidParams", "unknownResource", "invalidState",
                                      "staleIncarnation", "busy", "timeout", "cancelled", "unavailable",
                                      "internal", "shuttingDown"};
  call->code = "failed";
  for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
    if (strcmp(code, codes[i]) == 0) call->code = codes[i];
  }
  return ANDON_FAILED;
}

bool andon_recovers(const andon_call *call) { return andon_json_bool(andon_json_member(call->params, "recover"), false); }

andon_answer andon_found_running(andon_call *call) {
  call->found_running = true;
  return ANDON_DONE;
}

/* An interval that the protocol does not allow would make the resource Failed; the nearest legal one does not. */
static uint32_t legal_interval(uint32_t ms) { return ms == 0 || ms >= 10 ? ms : 10; }

andon_answer andon_poll(andon_call *call, uint32_t looks_alive_ms, uint32_t is_alive_ms) {
  call->polls = true;
  call->looks_alive_ms = legal_interval(looks_alive_ms);
  call->is_alive_ms = legal_interval(is_alive_ms);
  return ANDON_DONE;
}

andon_answer andon_event(andon_call *call, const char *event_handle) {
  snprintf(call->event_handle, sizeof call->event_handle, "%s", event_handle);
  return ANDON_DONE;
}

andon_answer andon_not_alive(andon_call *call, const char *reason, ...) {
  va_list arguments;
  va_start(arguments, reason);
  format_message(call->message, reason, arguments);
  va_end(arguments);
  call->result.length = 0;
  text_format(&call->result, "\"alive\":false,\"reason\":");
  text_append_json(&call->result, call->message, strlen(call->message));
  return ANDON_DONE;
}

const char *andon_control_code(const andon_call *call) { return andon_json_text(andon_json_member(call->params, "code"), ""); }
const andon_json *andon_control_input(const andon_call *call) { return andon_json_member(call->params, "input"); }

static andon_answer output(andon_call *call, const text *json) {
  if (json->length > MAX_OUTPUT_BYTES) {
    return andon_refuse(call, "failed", "the output has %zu bytes; the limit is %d", json->length, MAX_OUTPUT_BYTES);
  }
  call->result.length = 0;
  text_append(&call->result, "\"output\":", 9);
  text_append(&call->result, json->bytes, json->length);
  return ANDON_DONE;
}

andon_answer andon_output_text(andon_call *call, const char *value) {
  text json = {0};
  text_append_json(&json, value, strlen(value));
  andon_answer answer = output(call, &json);
  text_free(&json);
  return answer;
}

andon_answer andon_output_number(andon_call *call, double number) {
  char digits[32];
  snprintf(digits, sizeof digits, "%.17g", number);
  return andon_output_json(call, digits);
}

andon_answer andon_output_json(andon_call *call, const char *json) {
  andon_json *value = json_read(json, strlen(json));
  if (!value) return andon_refuse(call, "internal", "the output of \"%s\" is no JSON", andon_control_code(call));
  text written = {0};
  json_write(&written, value);
  andon_answer answer = output(call, &written);
  text_free(&written);
  free(value);
  return answer;
}
