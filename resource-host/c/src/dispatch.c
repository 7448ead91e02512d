#include "dispatch.h"
#include "connection.h"
#include "host.h"
#include "operation.h"

#include <string.h>

static const char *text_of(const andon_json *params, const char *name) {
  return andon_json_text(andon_json_member(params, name), "");
}

static void startup(const char *id, const andon_json *params) {
  text data = {0};
  text_append(&data, "{\"id\":", 6);
  text_append_json(&data, id, strlen(id));
  text_append(&data, ",\"ok\":true,\"result\":{\"resourceTypes\":[", 38);
  const char *comma = "";
  for (const andon_json *asked = andon_json_first(andon_json_member(params, "types")); asked; asked = andon_json_next(asked)) {
    const andon_type *type = find_type(andon_json_text(asked, ""));
    if (!type) continue;
    text_format(&data, "%s", comma);
    text_append_json(&data, type->name, strlen(type->name));
    comma = ",";
  }
  text_append(&data, "]}}", 3);
  connection_send("response", &data);
  text_free(&data);
}

static void succeed(const char *id) {
  andon_call call = {.owed_to = connection_number(), .answer = ANDON_DONE};
  memcpy(call.id, id, strlen(id));
  respond(&call);
}

static void ping(const char *id, const andon_json *params) {
  (void)params;
  succeed(id);
}

static const andon_type *known_type(const char *id, const andon_json *params) {
  const andon_type *type = find_type(text_of(params, "type"));
  if (!type) refuse_request(id, "invalidParams", "this host has no type \"%s\"", text_of(params, "type"));
  return type;
}

static void start_close(andon_resource *resource, const char *id, const andon_json *params) {
  resource->is_open = false;
  andon_call *call = new_call(&resource->calls, CALL_CLOSE, id, resource->type, params);
  call->resource = resource;
  run_call(call, resource->type->close);
}

/* The answer to an earlier open may have been lost: what that one made has not been used, and goes; what it found is looked for again. */
static bool close_earlier(const char *id, const char *name) {
  andon_resource *resource = find_resource(name);
  if (!resource) return true;
  if (resource->is_open && resource->phase == OFFLINE && !resource->calls) start_close(resource, "", NULL);
  if (!find_resource(name)) return true;
  refuse_request(id, "invalidState", "open of %s: it is open already, and in use; close it first", name);
  return false;
}

static void open_resource(const char *id, const andon_json *params) {
  const andon_type *type = known_type(id, params);
  const char *name = text_of(params, "resourceId");
  if (!type || !close_earlier(id, name)) return;
  andon_resource *resource = new_resource(name, type, andon_json_member(params, "properties"));
  andon_call *call = new_call(&resource->calls, CALL_OPEN, id, type, params);
  call->resource = resource;
  run_call(call, type->open);
}

static void type_control(const char *id, const andon_json *params) {
  const andon_type *type = known_type(id, params);
  if (!type) return;
  if (!type->type_control) {
    refuse_request(id, "notSupported", "the type \"%s\" has no control codes", type->name);
    return;
  }
  run_call(new_call(&host_calls, CALL_TYPE_CONTROL, id, type, params), NULL);
}

static void close_resource(andon_resource *resource, const char *id, const andon_json *params) {
  if (resource->may_run || resource->calls) {
    refuse_request(id, "invalidState", "close of %s@%u: it is %s; take it offline first", resource->name,
                   (unsigned)resource->incarnation, state_of(resource));
    return;
  }
  start_close(resource, id, params);
}

static void online(andon_resource *resource, const char *id, const andon_json *params) {
  if (!answer_repeated(resource, CALL_ONLINE, id)) begin_online(resource, id, params);
}

static void offline(andon_resource *resource, const char *id, const andon_json *params) {
  if (!answer_repeated(resource, CALL_OFFLINE, id)) begin_offline(resource, id, params);
}

static void terminate(andon_resource *resource, const char *id, const andon_json *params) {
  if (!answer_repeated(resource, CALL_TERMINATE, id)) begin_terminate(resource, id, params);
}

static void check(andon_resource *resource, const char *id, const andon_json *params, call_method method) {
  uint32_t incarnation = (uint32_t)andon_json_number(andon_json_member(params, "incarnation"), 0);
  if (incarnation != resource->incarnation) {
    refuse_request(id, "staleIncarnation", "%s@%u: this host has @%u", resource->name, (unsigned)incarnation,
                   (unsigned)resource->incarnation);
    return;
  }
  andon_call *call = new_call(&resource->calls, method, id, resource->type, params);
  call->resource = resource;
  bool is_there = resource->phase == ONLINE || resource->phase == ONLINE_PENDING || resource->phase == FAILED;
  andon_entry_point *entry_point = method == CALL_IS_ALIVE ? resource->type->is_alive : resource->type->looks_alive;
  if (!is_there) andon_finish(call, andon_not_alive(call, "it is not online"));
  else if (!entry_point && resource->failed) andon_finish(call, andon_not_alive(call, "it reported a failure"));
  else run_call(call, entry_point);
}

static void looks_alive(andon_resource *resource, const char *id, const andon_json *params) {
  check(resource, id, params, CALL_LOOKS_ALIVE);
}

static void is_alive(andon_resource *resource, const char *id, const andon_json *params) {
  check(resource, id, params, CALL_IS_ALIVE);
}

static void control(andon_resource *resource, const char *id, const andon_json *params) {
  if (!resource->type->control) {
    refuse_request(id, "notSupported", "no control code \"%s\"", text_of(params, "code"));
    return;
  }
  andon_call *call = new_call(&resource->calls, CALL_CONTROL, id, resource->type, params);
  call->resource = resource;
  run_call(call, resource->type->control);
}

/* What the parameters of a method must hold. */
enum { RESOURCE = 1, INCARNATION = 2, TYPE = 4, CODE = 8, PROPERTIES = 16, EVENT_HANDLE = 32, TYPES = 64, GONE_IS_FINE = 128 };

static const struct {
  const char *name;
  unsigned wants;
  void (*about_resource)(andon_resource *resource, const char *id, const andon_json *params);
  void (*about_host)(const char *id, const andon_json *params);
} methods[] = {
    {"startup", TYPES, NULL, startup},
    {"ping", 0, NULL, ping},
    {"open", RESOURCE | TYPE | PROPERTIES, NULL, open_resource},
    {"close", RESOURCE | GONE_IS_FINE, close_resource, NULL},
    {"online", RESOURCE | INCARNATION | PROPERTIES | EVENT_HANDLE, online, NULL},
    {"offline", RESOURCE | INCARNATION, offline, NULL},
    {"terminate", RESOURCE | INCARNATION | GONE_IS_FINE, terminate, NULL},
    {"looksAlive", RESOURCE | INCARNATION, looks_alive, NULL},
    {"isAlive", RESOURCE | INCARNATION, is_alive, NULL},
    {"resourceControl", RESOURCE | CODE, control, NULL},
    {"resourceTypeControl", TYPE | CODE, NULL, type_control},
};

/* The first parameter that is missing or malformed; NULL = none. */
static const char *malformed(unsigned wants, const andon_json *params) {
  uint64_t incarnation;
  const char *name = text_of(params, "resourceId");
  if (!json_is(params, JSON_OBJECT)) return "params";
  if (wants & RESOURCE && (name[0] == '\0' || strlen(name) > MAX_NAME)) return "resourceId";
  if (wants & INCARNATION && !json_integer(andon_json_member(params, "incarnation"), 1, UINT32_MAX, &incarnation)) return "incarnation";
  if (wants & TYPE && text_of(params, "type")[0] == '\0') return "type";
  if (wants & CODE && !json_is(andon_json_member(params, "code"), JSON_STRING)) return "code";
  if (wants & PROPERTIES && !json_is(andon_json_member(params, "properties"), JSON_OBJECT)) return "properties";
  if (wants & EVENT_HANDLE && text_of(params, "eventHandle")[0] == '\0') return "eventHandle";
  if (wants & TYPES && !json_is(andon_json_member(params, "types"), JSON_ARRAY)) return "types";
  return NULL;
}

static void handle_method(size_t index, const char *id, const andon_json *params) {
  const char *missing = malformed(methods[index].wants, params);
  if (missing) {
    refuse_request(id, "invalidParams", "%s: %s is missing, or not what the protocol says", methods[index].name, missing);
    return;
  }
  if (methods[index].about_host) {
    methods[index].about_host(id, params);
    return;
  }
  const char *name = text_of(params, "resourceId");
  andon_resource *resource = find_resource(name);
  if (resource && resource->is_open) methods[index].about_resource(resource, id, params);
  else if (methods[index].wants & GONE_IS_FINE) succeed(id);
  else refuse_request(id, "unknownResource", "resource \"%s\" is not open in this host", name);
}

void handle_request(const andon_json *data) {
  const char *id = text_of(data, "id"), *name = text_of(data, "method");
  if (id[0] == '\0' || strlen(id) > MAX_ID) return; /* nothing that could be answered */
  size_t index = 0, count = sizeof methods / sizeof *methods;
  while (index < count && strcmp(methods[index].name, name) != 0) index++;
  bool is_harmless = strcmp(name, "ping") == 0 || strcmp(name, "terminate") == 0;
  if (index == count) refuse_request(id, "notSupported", "this host knows no method \"%s\"", name);
  else if (host_is_ending() && !is_harmless) refuse_request(id, "shuttingDown", "%s: this host is ending", name);
  else handle_method(index, id, andon_json_member(data, "params"));
}

static andon_call *find_by_id(andon_call *call, const char *id) {
  while (call && strcmp(call->id, id) != 0) call = call->next;
  return call;
}

static void handle_cancel(const char *id) {
  andon_call *call = find_by_id(host_calls, id);
  for (andon_resource *it = first_resource(); it && !call; it = it->next) call = find_by_id(it->calls, id);
  if (call && call->method != CALL_TERMINATE) cancel_call(call);
}

void handle_notify(const andon_json *data) {
  const char *method = text_of(data, "method");
  const andon_json *params = andon_json_member(data, "params");
  uint64_t incarnation;
  if (strcmp(method, "cancel") == 0) handle_cancel(text_of(params, "id"));
  if (strcmp(method, "recordDismissed") != 0) return;
  andon_resource *resource = find_resource(text_of(params, "resourceId"));
  if (!resource || !json_integer(andon_json_member(params, "incarnation"), 1, UINT32_MAX, &incarnation)) return;
  dismiss_record(resource, (uint32_t)incarnation);
}

/* The author may finish a call when it is told, so each search begins anew. */
static void cancel_all(andon_call **list) {
  for (andon_call *call = *list; call;) {
    bool is_new = call->method >= CALL_LOOKS_ALIVE && !call->is_cancelled;
    if (is_new) cancel_call(call);
    call = is_new ? *list : call->next;
  }
}

void cancel_unanswerable(void) {
  cancel_all(&host_calls);
  for (andon_resource *it = first_resource(); it; it = it->next) cancel_all(&it->calls);
}
