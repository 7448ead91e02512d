/* andon: a resource host in C. One process is one host: andond starts it, calls the entry points of its resource types,
 * and is told at once when a resource fails.
 *
 * The host is one thread around poll(2). An entry point must not block: what takes longer returns ANDON_PENDING, watches
 * descriptors, children or timers with the functions below, and ends with andon_finish(). All of this header may be used
 * from the thread of andon_run() only. Times are milliseconds, texts are UTF-8 and are copied. A program that changes the
 * locale leaves LC_NUMERIC at "C". Memory that cannot be had ends the process with a message. */
#ifndef ANDON_H
#define ANDON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#if defined(__GNUC__)
#define ANDON_PRINTF(text, values) __attribute__((format(printf, text, values)))
#else
#define ANDON_PRINTF(text, values)
#endif

typedef struct andon_resource andon_resource; /* lives from `open` to the end of `close` */
typedef struct andon_call andon_call;         /* lives until it is finished, or terminate of its resource is */
typedef struct andon_json andon_json;         /* a JSON value to read */

typedef enum {
  ANDON_DONE,    /* it succeeded; of looks_alive and is_alive: alive */
  ANDON_PENDING, /* andon_finish() will follow */
  ANDON_FAILED   /* andon_refuse() said why */
} andon_answer;

typedef andon_answer andon_entry_point(andon_resource *resource, andon_call *call);

/* A resource type. Every entry point but `online`, `offline` and `terminate` may be NULL. */
typedef struct {
  const char *name;
  andon_entry_point *open;        /* make the state; start nothing. With andon_recovers(): look whether it still runs */
  andon_entry_point *online;      /* start it; ANDON_DONE without andon_poll() is the event contract: use andon_fail() */
  andon_entry_point *offline;     /* stop it in good order */
  andon_entry_point *terminate;   /* clean up at once, whatever goes on; DONE = nothing of it runs or can still act */
  andon_entry_point *looks_alive; /* default: alive as long as no failure was reported */
  andon_entry_point *is_alive;    /* default: the same */
  andon_entry_point *control;     /* default: notSupported. See andon_control_code(), andon_output_text() … */
  andon_entry_point *close;       /* free the state; the resource is offline by then */
  /* A code for the type as a whole. */
  andon_answer (*type_control)(andon_call *call);
  /* Nobody waits any more for this call, which is pending: finish it soon. `resource` is NULL for type_control. Before
   * terminate this is called for each call that it overtakes; those still pending when terminate is done are answered
   * `cancelled`, and their handles end. */
  void (*cancel)(andon_resource *resource, andon_call *call);
} andon_type;

/* Serves these types until the daemon or SIGTERM ends the host: what is online is then taken offline, the last first.
 * Returns the exit code for main: 0; 1 = refused by the daemon; 2 = not started by andond. */
int andon_run(const andon_type types[], size_t count);

/* ── The resource ── */

const char *andon_name(const andon_resource *resource);
uint32_t andon_incarnation(const andon_resource *resource); /* 0 before the first online */
/* Private properties: of the last online; before it, of open. Valid until the next online. */
const andon_json *andon_properties(const andon_resource *resource);
void *andon_state(const andon_resource *resource); /* whatever the author keeps; NULL at first */
void andon_set_state(andon_resource *resource, void *state);

/* This incarnation has failed: the failure record is written at once, and again until terminate comes. Does nothing
 * when a failure was reported already, while it goes offline, and once it is offline or terminated. */
void andon_fail(andon_resource *resource, const char *reason, ...) ANDON_PRINTF(2, 3);

/* Values for the administrator; NULL leaves one as it is. */
typedef struct {
  const char *status_text;
  const double *data1, *data2;
} andon_values;
void andon_set_properties(andon_resource *resource, const andon_values *values);

typedef enum { ANDON_DEBUG, ANDON_INFO, ANDON_WARN, ANDON_ERROR } andon_level;
/* An event for the administrator, about a resource or (NULL) the host; without a daemon it goes to standard error. */
void andon_log(andon_level level, const andon_resource *resource, const char *format, ...) ANDON_PRINTF(3, 4);

/* ── The call: what an entry point answers ── */

void andon_finish(andon_call *call, andon_answer answer); /* the end of a call that was pending */

/* Why the call fails; `code` is one of the wire errors, "failed" in most cases. Returns ANDON_FAILED. */
andon_answer andon_refuse(andon_call *call, const char *code, const char *message, ...) ANDON_PRINTF(3, 4);

bool andon_recovers(const andon_call *call);      /* open: an earlier host died, and the resource may still run */
andon_answer andon_found_running(andon_call *call); /* open: it runs; online adopts it or stops it first. ANDON_DONE */

/* online: the poll contract; 0 = the interval of the type, else 5000 and 60000 ms; else at least 10. ANDON_DONE. */
andon_answer andon_poll(andon_call *call, uint32_t looks_alive_ms, uint32_t is_alive_ms);
/* online: the event contract with a handle of andon_create_event_handle(). ANDON_DONE. */
andon_answer andon_event(andon_call *call, const char *event_handle);
/* online, offline: it has come further; `text` may be NULL. The call becomes pending. */
void andon_progress(andon_call *call, const char *text);

andon_answer andon_not_alive(andon_call *call, const char *reason, ...) ANDON_PRINTF(2, 3); /* checks. ANDON_DONE */

const char *andon_control_code(const andon_call *call);
const andon_json *andon_control_input(const andon_call *call); /* NULL = none. Valid as long as the call */
andon_answer andon_output_text(andon_call *call, const char *text);     /* control: ANDON_DONE */
andon_answer andon_output_number(andon_call *call, double number);      /* control: ANDON_DONE */
andon_answer andon_output_json(andon_call *call, const char *json);     /* control: ANDON_DONE, FAILED if it is no JSON */
void andon_extend_control(andon_call *call, uint32_t ms);               /* control: a new limit, counted from now */

/* ── The loop ── */

typedef void andon_ready(void *context, short revents);                 /* as poll(2) says it */
typedef void andon_child_ended(void *context, pid_t pid, int status);   /* as waitpid(2) says it */
typedef void andon_timer_ended(void *context);
typedef void andon_handle_made(void *context, const char *path);        /* NULL = refused, or the daemon went away */

void andon_watch_fd(int fd, short events, andon_ready *ready, void *context); /* one watch for each descriptor */
void andon_unwatch_fd(int fd);
/* The loop waits for this child, and for no other. The callback comes later, also if the child has ended already. */
void andon_watch_child(pid_t pid, andon_child_ended *ended, void *context);
void andon_unwatch_child(pid_t pid);
uint64_t andon_after(uint32_t ms, andon_timer_ended *ended, void *context); /* once; the result is never 0 */
void andon_cancel_timer(uint64_t timer); /* one that has ended, or 0, is ignored */
/* One more pipe of this host; the same name is the same pipe. */
void andon_create_event_handle(const char *name, andon_handle_made *made, void *context);

/* ── Reading JSON ── Every function takes NULL, and answers then as for a value that is not there. */

const andon_json *andon_json_member(const andon_json *object, const char *name);
const andon_json *andon_json_first(const andon_json *array); /* first element, or first member of an object */
const andon_json *andon_json_next(const andon_json *element);
const char *andon_json_key(const andon_json *member);
const char *andon_json_text(const andon_json *value, const char *otherwise); /* of a string */
double andon_json_number(const andon_json *value, double otherwise);
bool andon_json_bool(const andon_json *value, bool otherwise);

#endif
