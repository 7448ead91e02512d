#define _XOPEN_SOURCE 700

#include "event-handle.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST_REPETITION_MS = 2000, LAST_REPETITION_MS = 60000, RETRY_MS = 100 };

static const char *pipe_path;
static int inherited_pipe;
static int pipe_fd = -1;
static uint64_t retry_timer;
static failure_record *waiting;
static int told_error;

size_t format_record(char line[MAX_RECORD_BYTES], const char *beginning, const char *reason) {
  size_t length = strlen(beginning);
  memcpy(line, beginning, length);
  line[length++] = ' ';
  for (size_t left = strlen(reason), room = MAX_RECORD_BYTES - 1 - length; left > 0;) {
    size_t bytes = utf8_length(reason, left);
    size_t taken = bytes > 0 ? bytes : 1;
    if (taken > room) break;
    bool is_control = bytes == 0 || (unsigned char)*reason < 0x20 || *reason == 0x7f ||
                      (bytes == 2 && (unsigned char)reason[0] == 0xc2 && (unsigned char)reason[1] < 0xa0);
    if (is_control) memset(line + length, ' ', taken);
    else memcpy(line + length, reason, taken);
    length += taken, reason += taken, left -= taken, room -= taken;
  }
  line[length++] = '\n';
  return length;
}

static int open_pipe(const char *path) {
  int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  struct stat status;
  if (fd < 0 || (fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode))) return fd;
  close(fd);
  errno = ENXIO;
  return -1;
}

/* Opened anew, since the inherited descriptor blocks, and to change that would change it for every process that shares it.
 * Through the descriptor the pipe is found even when its path is gone. */
static int open_event_handle(void) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", inherited_pipe);
  struct stat status;
  bool is_inherited = fstat(inherited_pipe, &status) == 0 && S_ISFIFO(status.st_mode);
  int fd = is_inherited ? open_pipe(path) : -1;
  return fd >= 0 ? fd : open_pipe(pipe_path);
}

void event_handle_start(const char *path, int fd) {
  pipe_path = path;
  inherited_pipe = fd;
  int flags = fcntl(fd, F_GETFD);
  if (flags >= 0) fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
}

static void stop_waiting(failure_record *record) {
  if (!record->is_waiting) return;
  failure_record **at = &waiting;
  while (*at != record) at = &(*at)->next;
  *at = record->next;
  record->is_waiting = false;
}

static void write_waiting(void);
static void pipe_has_room(void *context, short revents) {
  (void)context, (void)revents;
  andon_unwatch_fd(pipe_fd);
  write_waiting();
}

static void try_again(void *context) {
  (void)context;
  retry_timer = 0;
  write_waiting();
}

/* A full pipe tells when it has room. Anything else is tried again with a pipe that is opened anew. */
static void postpone(void) {
  if (errno == EAGAIN) {
    andon_watch_fd(pipe_fd, POLLOUT, pipe_has_room, NULL);
    return;
  }
  if (errno != told_error) fprintf(stderr, "andon host: cannot write to the event handle %s: %s\n", pipe_path, strerror(errno));
  told_error = errno;
  if (pipe_fd >= 0) close(pipe_fd);
  pipe_fd = -1;
  if (retry_timer == 0) retry_timer = andon_after(RETRY_MS, try_again, NULL);
}

static void write_waiting(void) {
  if (pipe_fd < 0) pipe_fd = open_event_handle();
  while (waiting) {
    failure_record *record = waiting;
    /* One write of at most PIPE_BUF bytes: it is whole or not at all, and never mixed with that of another writer. */
    if (pipe_fd < 0 || write(pipe_fd, record->line, record->length) < 0) {
      postpone();
      return;
    }
    told_error = 0;
    stop_waiting(record);
  }
}

static void repeat(void *context) {
  failure_record *record = context;
  uint32_t longer = record->wait_ms * 2;
  record->wait_ms = longer < LAST_REPETITION_MS ? longer : LAST_REPETITION_MS;
  record->timer = andon_after(record->wait_ms, repeat, record);
  if (record->is_waiting) return;
  record->is_waiting = true;
  record->next = waiting;
  waiting = record;
  write_waiting();
}

void event_handle_report(failure_record *record) {
  event_handle_forget(record);
  record->wait_ms = FIRST_REPETITION_MS / 2;
  repeat(record);
}

void event_handle_forget(failure_record *record) {
  andon_cancel_timer(record->timer);
  record->timer = 0;
  stop_waiting(record);
}
