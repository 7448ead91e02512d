/* Failure records, and the named pipe that they are written to. */
#ifndef ANDON_EVENT_HANDLE_H
#define ANDON_EVENT_HANDLE_H

#include "text.h"

enum { MAX_RECORD_BYTES = 512 };

typedef struct failure_record {
  struct failure_record *next; /* of those that the pipe has not taken yet */
  bool is_waiting;
  uint64_t timer; /* the next repetition */
  uint32_t wait_ms;
  size_t length;
  char line[MAX_RECORD_BYTES];
} failure_record;

/* `beginning` and a reason as one line: `web-1@7 disk gone`. Control characters become blanks; what does not fit is cut. */
size_t format_record(char line[MAX_RECORD_BYTES], const char *beginning, const char *reason);

/* The pipe of this host: its path, and the descriptor that is already open for it. */
void event_handle_start(const char *path, int inherited_fd);
/* Writes the record now, or as soon as the pipe takes it, and again after 2, 4, 8 … 60 s. */
void event_handle_report(failure_record *record);
/* No further repetition. */
void event_handle_forget(failure_record *record);

#endif
