#include "operation.h"
#include "connection.h"
#include "host.h"
#include "pending.h"
#include "request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t last_online_order;

static bool is_operation(const andon_call *call) { return call->method < REMEMBERED_CALLS; }
static bool is_running(const andon_resource *resource, call_method method) {
  const andon_call *call = resource->calls;
  while (call && (call->method != method || call->is_waiting)) call = call->next;
  return call != NULL;
}

static andon_call *add_call(andon_resource *resource, call_method method, const char *id, const andon_json *params) {
  andon_call *call = new_call(&resource->calls, method, id, resource->type, params);
  call->resource = resource;
  return call;
}

static uint32_t incarnation_of(const andon_json *params) {
  return (uint32_t)andon_json_number(andon_json_member(params, "incarnation"), 0);
}

static void refuse_state(const andon_resource *resource, const char *id, const char *call, const char *remedy) {
  refuse_request(id, "invalidState", "%s of %s@%u: it is %s; %s", call, resource->name, (unsigned)resource->incarnation,
                 state_of(resource), remedy);
}

static bool refuse_older(const andon_resource *resource, const char *id, uint32_t incarnation, uint32_t least) {
  if (incarnation >= least) return false;
  refuse_request(id, "staleIncarnation", "%s@%u is over; this host has @%u", resource->name, (unsigned)incarnation,
                 (unsigned)resource->incarnation);
  return true;
}

void begin_online(andon_resource *resource, const char *id, const andon_json *params) {
  uint32_t incarnation = incarnation_of(params);
  if (refuse_older(resource, id, incarnation, resource->incarnation + 1)) return;
  if (resource->phase != OFFLINE && resource->phase != TERMINATED) {
    refuse_state(resource, id, "online", "terminate it first");
    return;
  }
  resource->incarnation = incarnation;
  resource->phase = ONLINE_PENDING;
  resource->may_run = true;
  resource->failed = false;
  free(resource->properties);
  resource->properties = json_copy(andon_json_member(params, "properties"));
  andon_call *call = add_call(resource, CALL_ONLINE, id, params);
  andon_event(call, andon_json_text(andon_json_member(params, "eventHandle"), ""));
  run_call(call, resource->type->online);
}

static void start_offline(andon_resource *resource, const char *id, const andon_json *params) {
  resource->phase = OFFLINE_PENDING;
  run_call(add_call(resource, CALL_OFFLINE, id, params), resource->may_run ? resource->type->offline : NULL);
}

void begin_offline(andon_resource *resource, const char *id, const andon_json *params) {
  uint32_t incarnation = incarnation_of(params);
  if (refuse_older(resource, id, incarnation, resource->incarnation)) return;
  if (is_running(resource, CALL_ONLINE) || is_running(resource, CALL_OFFLINE) || is_running(resource, CALL_TERMINATE)) {
    refuse_state(resource, id, "offline", "terminate it, or wait");
    return;
  }
  resource->incarnation = incarnation;
  start_offline(resource, id, params);
}

/* What the author finishes when it is told of the cancelling leaves the list, so the search begins anew. */
static void cancel_overtaken(andon_resource *resource) {
  for (andon_call *call = resource->calls; call;) {
    bool is_new = !call->is_overtaken && call->method != CALL_TERMINATE;
    if (is_new) {
      call->is_overtaken = true;
      cancel_call(call);
    }
    call = is_new ? resource->calls : call->next;
  }
}

static void start_terminate(andon_call *call) {
  andon_resource *resource = call->resource;
  event_handle_forget(&resource->record);
  forget_reports(resource);
  resource->failed = false;
  resource->phase = FAILED;
  call->is_inside = true; /* so that nothing that is cancelled now begins another */
  cancel_overtaken(resource);
  run_call(call, resource->may_run ? resource->type->terminate : NULL);
}

void begin_terminate(andon_resource *resource, const char *id, const andon_json *params) {
  uint32_t incarnation = incarnation_of(params);
  if (refuse_older(resource, id, incarnation, resource->incarnation)) return;
  resource->incarnation = incarnation;
  bool is_behind_another = is_running(resource, CALL_TERMINATE);
  andon_call *call = add_call(resource, CALL_TERMINATE, id, params);
  call->is_waiting = is_behind_another;
  if (!is_behind_another) start_terminate(call);
}

void abandon(andon_resource *resource, call_method method) {
  if (method == CALL_OFFLINE) start_offline(resource, "", NULL);
  else start_terminate(add_call(resource, CALL_TERMINATE, "", NULL));
}

bool answer_repeated(andon_resource *resource, call_method method, const char *id) {
  andon_call *call = find_call(resource->calls, method, id);
  if (call) {
    call->owed_to = connection_number();
    if (call->is_pended) respond_pending(call);
    else pend_soon(call);
    return true;
  }
  if (strcmp(resource->remembered[method].id, id) != 0) return false;
  connection_send("response", &resource->remembered[method].response);
  return true;
}

static void apply_online(andon_resource *resource, andon_call *call) {
  if (call->answer != ANDON_DONE) {
    resource->phase = FAILED;
    return;
  }
  resource->phase = resource->failed ? FAILED : ONLINE;
  resource->contract = call->polls ? "poll" : "event";
  resource->online_order = ++last_online_order;
  text_format(&call->result, "\"contract\":\"%s\"", resource->contract);
  write_contract(&call->result, call);
}

static void apply_offline(andon_resource *resource, const andon_call *call) {
  if (call->answer != ANDON_DONE) {
    resource->phase = FAILED;
    return;
  }
  resource->phase = OFFLINE;
  resource->may_run = resource->failed = false;
  event_handle_forget(&resource->record);
}

static void remember(andon_resource *resource, const andon_call *call) {
  if (is_own_account(call)) return;
  snprintf(resource->remembered[call->method].id, sizeof resource->remembered->id, "%s", call->id);
  text_free(&resource->remembered[call->method].response);
  write_response(&resource->remembered[call->method].response, call);
  if (call->is_overtaken) return;
  snprintf(resource->last_operation, sizeof resource->last_operation, "%s", call->id);
  resource->last_operation_ok = call->answer == ANDON_DONE;
}

/* Nothing of the resource can act any more: so its calls end, whatever their author still meant to do. */
static void end_overtaken(andon_resource *resource) {
  for (andon_call *call = resource->calls; call;) {
    andon_call *overtaken = call->is_overtaken ? call : NULL;
    call = call->next;
    if (!overtaken) continue;
    if (is_operation(overtaken)) remember(resource, overtaken);
    if (!overtaken->is_pended) respond(overtaken);
    free_call(&resource->calls, overtaken);
  }
}

/* False = it must be done once more. */
static bool apply_terminate(andon_resource *resource, andon_call *call) {
  if (resource->came_up_late) {
    resource->came_up_late = call->is_finished = false;
    run_call(call, resource->type->terminate);
    return false;
  }
  end_overtaken(resource);
  resource->phase = TERMINATED;
  resource->may_run = call->answer != ANDON_DONE;
  return true;
}

static void start_waiting_terminate(andon_resource *resource) {
  for (andon_call *call = resource->calls; call; call = call->next) {
    if (!call->is_waiting) continue;
    call->is_waiting = false;
    start_terminate(call);
    return;
  }
}

static void end_operation(andon_call *call) {
  andon_resource *resource = call->resource;
  if (call->is_overtaken) resource->came_up_late |= call->method == CALL_ONLINE && call->answer == ANDON_DONE;
  else if (call->method == CALL_ONLINE) apply_online(resource, call);
  else if (call->method == CALL_OFFLINE) apply_offline(resource, call);
  else if (!apply_terminate(resource, call)) return;
  remember(resource, call);
  bool was_terminate = call->method == CALL_TERMINATE;
  if (!call->is_pended) respond(call);
  else if (!call->is_overtaken && !call->is_given_up) report_end(call);
  free_call(&resource->calls, call);
  if (was_terminate) start_waiting_terminate(resource);
}

static void end_open_or_close(andon_call *call) {
  andon_resource *resource = call->resource;
  bool is_done = call->answer == ANDON_DONE;
  bool is_open = call->method == CALL_OPEN ? is_done : !is_done;
  if (call->method == CALL_OPEN) {
    resource->may_run = andon_recovers(call) || call->found_running;
    text_format(&call->result, "\"found\":\"%s\"", call->found_running ? "running" : "nothing");
  }
  respond(call);
  resource->is_open = is_open;
  free_call(&resource->calls, call);
  if (!is_open) free_resource(resource);
}

void end_call(andon_call *call) {
  if (is_operation(call)) {
    end_operation(call);
  } else if (call->method == CALL_OPEN || call->method == CALL_CLOSE) {
    end_open_or_close(call);
  } else {
    bool is_check = call->method == CALL_LOOKS_ALIVE || call->method == CALL_IS_ALIVE;
    if (is_check && call->result.length == 0) text_format(&call->result, "\"alive\":true");
    respond(call);
    free_call(call->resource ? &call->resource->calls : &host_calls, call);
  }
  host_goes_on();
}
