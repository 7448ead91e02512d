/* The resources that are open in this host. */
#ifndef ANDON_RESOURCE_H
#define ANDON_RESOURCE_H

#include "call.h"
#include "event-handle.h"

/* TERMINATED is told as Failed: whether it counts as a failure is for the daemon to say. */
typedef enum { OFFLINE, ONLINE_PENDING, ONLINE, OFFLINE_PENDING, FAILED, TERMINATED } resource_phase;

/* The status reports of one pended operation: one is on its way, and of those that wait only the newest is kept. */
typedef struct {
  uint64_t request; /* number of the request that carries it; 0 = none is on its way */
  char operation_id[MAX_ID + 1];
  text sent, waiting; /* params */
} status_reports;

struct andon_resource {
  andon_resource *next;
  char name[MAX_NAME + 1];
  const andon_type *type;
  void *state;
  andon_json *properties;
  bool is_open; /* open has succeeded, and close has not begun */
  bool may_run; /* something of it may run, so offline and terminate must ask the author */
  resource_phase phase;
  uint32_t incarnation;
  bool failed; /* it reported a failure, and no terminate has come */
  bool came_up_late; /* an online that terminate overtook succeeded all the same */
  failure_record record;
  const char *contract; /* `event` or `poll`; NULL before the first online */
  andon_call *calls;
  struct {
    char id[MAX_ID + 1];
    text response;
  } remembered[REMEMBERED_CALLS];
  char last_operation[MAX_ID + 1];
  bool last_operation_ok;
  status_reports reports;
  char *status_text;
  bool has_data[2];
  double data[2];
  uint64_t online_order; /* grows with every online of the host */
  bool is_stop_asked, is_stop_forced; /* the host ends: offline, then terminate, was called */
};

andon_resource *first_resource(void);
/* NULL = it is not open here. */
andon_resource *find_resource(const char *name);
andon_resource *new_resource(const char *name, const andon_type *type, const andon_json *properties);
void free_resource(andon_resource *resource);
const char *state_of(const andon_resource *resource);
/* The member of `resources` in a hello. */
void describe_resource(text *to, const andon_resource *resource);
/* The daemon verified the failure record of this incarnation, and refuted it. */
void dismiss_record(andon_resource *resource, uint32_t incarnation);

#endif
