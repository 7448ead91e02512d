/* A host for tests of what pends: its online takes `onlineMs`, its offline `offlineMs`, both with progress every 50 ms.
 * Its file `marker` is there while the resource is online; that it is removed is not noticed. */
#define _XOPEN_SOURCE 700

#include "andon.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { STEP_MS = 50 };

typedef struct {
  andon_call *call;
  uint64_t timer;
  double left_ms;
  bool goes_online;
} slow;

static const char *marker_of(const andon_resource *resource) {
  return andon_json_text(andon_json_member(andon_properties(resource), "marker"), "");
}

static void finish(andon_resource *resource, andon_answer answer) {
  slow *it = andon_state(resource);
  andon_call *call = it->call;
  andon_cancel_timer(it->timer);
  *it = (slow){0};
  andon_finish(call, answer);
}

static void set_marker(andon_resource *resource, bool is_there) {
  if (is_there) close(open(marker_of(resource), O_WRONLY | O_CREAT, 0600));
  else unlink(marker_of(resource));
}

static void step(void *resource) {
  slow *it = andon_state(resource);
  it->left_ms -= STEP_MS;
  if (it->left_ms <= 0) {
    set_marker(resource, it->goes_online);
    finish(resource, ANDON_DONE);
    return;
  }
  andon_progress(it->call, "one step further");
  it->timer = andon_after(STEP_MS, step, resource);
}

static andon_answer begin(andon_resource *resource, andon_call *call, const char *property, bool goes_online) {
  slow *it = andon_state(resource);
  double left_ms = andon_json_number(andon_json_member(andon_properties(resource), property), 0);
  *it = (slow){.call = call, .left_ms = left_ms, .goes_online = goes_online};
  it->timer = andon_after(STEP_MS, step, resource);
  return ANDON_PENDING;
}

static andon_answer open_slow(andon_resource *resource, andon_call *call) {
  andon_set_state(resource, calloc(1, sizeof(slow)));
  return andon_recovers(call) && access(marker_of(resource), F_OK) == 0 ? andon_found_running(call) : ANDON_DONE;
}

static andon_answer close_slow(andon_resource *resource, andon_call *call) {
  (void)call;
  free(andon_state(resource));
  return ANDON_DONE;
}

static andon_answer online(andon_resource *resource, andon_call *call) { return begin(resource, call, "onlineMs", true); }
static andon_answer offline(andon_resource *resource, andon_call *call) { return begin(resource, call, "offlineMs", false); }

static andon_answer terminate(andon_resource *resource, andon_call *call) {
  (void)call;
  set_marker(resource, false);
  return ANDON_DONE;
}

static void cancel(andon_resource *resource, andon_call *call) {
  slow *it = andon_state(resource);
  if (it->call != call) return;
  andon_refuse(call, "cancelled", "%s was told to stop", andon_name(resource));
  finish(resource, ANDON_FAILED);
}

static andon_answer is_alive(andon_resource *resource, andon_call *call) {
  return access(marker_of(resource), F_OK) == 0 ? ANDON_DONE : andon_not_alive(call, "%s is not there", marker_of(resource));
}

int main(void) {
  static const andon_type type = {.name = "slow", .open = open_slow, .online = online, .offline = offline, .terminate = terminate,
                                  .looks_alive = is_alive, .is_alive = is_alive, .close = close_slow, .cancel = cancel};
  return andon_run(&type, 1);
}
