#include "pending.h"
#include "request.h"

#include <string.h>

/* Below the 300 ms after which the daemon warns of a slow call. */
enum { PEND_AFTER_MS = 100 };

static void become_pending(void *context) {
  andon_call *call = context;
  call->pend_timer = 0;
  if (!call->is_overtaken && !call->is_pended) respond_pending(call);
}

void pend_soon(andon_call *call) {
  if ((call->method != CALL_ONLINE && call->method != CALL_OFFLINE) || is_own_account(call)) return;
  andon_cancel_timer(call->pend_timer);
  call->pend_timer = andon_after(PEND_AFTER_MS, become_pending, call);
}

void andon_progress(andon_call *call, const char *message) {
  if (call->method != CALL_ONLINE && call->method != CALL_OFFLINE) return;
  if (call->is_overtaken || call->is_given_up || call->is_finished || is_own_account(call)) return;
  call->checkpoint++;
  if (!call->is_pended) respond_pending(call);
  if (!call->is_pended) return;
  text members = {0};
  text_format(&members, "\"state\":\"%s\"", call->method == CALL_ONLINE ? "onlinePending" : "offlinePending");
  if (message) {
    text_append(&members, ",\"text\":", 8);
    text_append_json(&members, message, utf8_cut(message, MAX_MESSAGE));
  }
  report_status(call->resource, call, members.bytes);
  text_free(&members);
}

void write_contract(text *to, const andon_call *call) {
  if (call->polls) {
    if (call->looks_alive_ms > 0) text_format(to, ",\"looksAliveMs\":%u", (unsigned)call->looks_alive_ms);
    if (call->is_alive_ms > 0) text_format(to, ",\"isAliveMs\":%u", (unsigned)call->is_alive_ms);
    return;
  }
  text_append(to, ",\"eventHandle\":", 15);
  text_append_json(to, call->event_handle, strlen(call->event_handle));
}

void report_end(andon_call *call) {
  text members = {0};
  bool is_done = call->answer == ANDON_DONE;
  const char *state = !is_done ? "failed" : call->method == CALL_ONLINE ? "online" : "offline";
  text_format(&members, "\"state\":\"%s\"", state);
  if (!is_done) {
    text_append(&members, ",\"text\":", 8);
    text_append_json(&members, call->message, strlen(call->message));
  } else if (call->method == CALL_ONLINE) {
    write_contract(&members, call);
  }
  call->checkpoint++;
  report_status(call->resource, call, members.bytes);
  text_free(&members);
}
