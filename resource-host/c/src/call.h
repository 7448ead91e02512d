/* One call of the daemon, from its request to its answer. */
#ifndef ANDON_CALL_H
#define ANDON_CALL_H

#include "json.h"

/* The first three are remembered under their id. */
typedef enum {
  CALL_ONLINE,
  CALL_OFFLINE,
  CALL_TERMINATE,
  REMEMBERED_CALLS,
  CALL_OPEN = REMEMBERED_CALLS,
  CALL_CLOSE,
  CALL_LOOKS_ALIVE,
  CALL_IS_ALIVE,
  CALL_CONTROL,
  CALL_TYPE_CONTROL
} call_method;

enum { MAX_ID = 200, MAX_NAME = 128, LONGEST_PATH = 4096 };

struct andon_call {
  andon_call *next; /* of the same resource, or of the host */
  call_method method;
  char id[MAX_ID + 1];
  uint64_t owed_to; /* the connection that brought it; 0 = the host calls on its own account */
  andon_resource *resource;
  const andon_type *type;
  andon_json *params;
  bool is_inside;    /* its entry point has not returned */
  bool is_finished;  /* andon_finish() was called while it was inside */
  bool is_waiting;   /* a terminate behind another one */
  bool is_cancelled; /* the author was told that nobody waits */
  bool is_overtaken; /* by terminate: its end changes nothing any more */
  bool is_given_up;  /* the daemon answered a status report with `terminate` */
  bool is_pended;    /* answered with `pending` */
  uint64_t pend_timer;
  uint32_t checkpoint;
  andon_answer answer; /* that of a finished call */
  bool found_running;
  bool polls;
  uint32_t looks_alive_ms, is_alive_ms;
  const char *code; /* of a refusal */
  char message[MAX_MESSAGE + 1];
  char event_handle[LONGEST_PATH];
  text result; /* the members of the result */
};

/* Whether the host itself calls, as it does when it ends: then nobody waits for an answer. */
static inline bool is_own_account(const andon_call *call) { return call->id[0] == '\0'; }

/* `list` is where it stays until it is freed. */
andon_call *new_call(andon_call **list, call_method method, const char *id, const andon_type *type, const andon_json *params);
void free_call(andon_call **list, andon_call *call);
andon_call *find_call(andon_call *list, call_method method, const char *id);

/* Runs it and deals with its answer. `entry_point` NULL = there is nothing to do. */
void run_call(andon_call *call, andon_entry_point *entry_point);
/* Tells the author once that nobody waits for it. */
void cancel_call(andon_call *call);

/* The data of the response frame. */
void write_response(text *to, const andon_call *call);
/* Answers the request, if the connection that brought it is still there. */
void respond(const andon_call *call);
void respond_pending(andon_call *call);
/* A refusal of a request that never becomes a call. */
void refuse_request(const char *id, const char *code, const char *message, ...) ANDON_PRINTF(3, 4);

#endif
