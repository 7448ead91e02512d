#define _XOPEN_SOURCE 700

#include "loop.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The three kinds of watch are lists. What ends a watch only marks it, since the list may be being walked; marked ones are
 * freed between two turns. */
typedef struct watch {
  struct watch *next;
  bool is_over;
  void *context;
  int fd;
  short events;
  andon_ready *ready;
  pid_t pid;
  andon_child_ended *child_ended;
  uint64_t timer, due_ms;
  andon_timer_ended *timer_ended;
} watch;

static watch *descriptors, *children, *timers;
static size_t descriptor_count;
static uint64_t last_timer;
static int signal_pipe[2];
static pid_t host_pid;
static bool is_running;
static void (*stop_wanted)(void);

uint64_t loop_now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static watch *add_watch(watch **list, watch values) {
  watch *added = new_memory(sizeof *added);
  *added = values;
  added->next = *list;
  *list = added;
  return added;
}

static void free_ended(watch **list) {
  while (*list) {
    watch *it = *list;
    if (it->is_over) {
      *list = it->next;
      free(it);
    } else {
      list = &it->next;
    }
  }
}

/* A full pipe holds what this byte would say. A child that has not come to its exec yet shares the pipe: it must not end the
 * host with a signal that was meant for itself. */
static void note_signal(int number) {
  int saved = errno;
  if (getpid() != host_pid) {
    signal(number, SIG_DFL);
    raise(number);
    return;
  }
  char byte = (char)number;
  ssize_t ignored = write(signal_pipe[1], &byte, 1);
  (void)ignored;
  errno = saved;
}

static void handle_children(void) {
  for (watch *it = children; it; it = it->next) {
    int status;
    if (it->is_over || waitpid(it->pid, &status, WNOHANG) != it->pid) continue;
    it->is_over = true;
    it->child_ended(it->context, it->pid, status);
  }
}

static void handle_signals(void *context, short revents) {
  (void)context, (void)revents;
  char numbers[256];
  bool child_ended = false, stops = false;
  for (ssize_t count; (count = read(signal_pipe[0], numbers, sizeof numbers)) > 0;) {
    child_ended = child_ended || memchr(numbers, SIGCHLD, (size_t)count);
    stops = stops || memchr(numbers, SIGTERM, (size_t)count) || memchr(numbers, SIGINT, (size_t)count);
  }
  if (child_ended) handle_children();
  if (stops) stop_wanted();
}

static void nothing(int number) { (void)number; }

/* Handlers, and not SIG_IGN for SIGPIPE: the programs that a resource starts would inherit that. */
static void catch_signal(int number, void (*handler)(int)) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, NULL);
}

void loop_start(void (*on_stop)(void)) {
  stop_wanted = on_stop;
  host_pid = getpid();
  if (pipe(signal_pipe) != 0) {
    perror("andon host: pipe");
    exit(1);
  }
  for (int i = 0; i < 2; i++) {
    fcntl(signal_pipe[i], F_SETFD, FD_CLOEXEC);
    fcntl(signal_pipe[i], F_SETFL, O_NONBLOCK);
  }
  andon_watch_fd(signal_pipe[0], POLLIN, handle_signals, NULL);
  catch_signal(SIGCHLD, note_signal);
  catch_signal(SIGTERM, note_signal);
  catch_signal(SIGINT, note_signal);
  catch_signal(SIGPIPE, nothing);
}

static int time_to_wait(void) {
  uint64_t now = loop_now_ms(), first = UINT64_MAX;
  for (watch *it = timers; it; it = it->next) {
    if (!it->is_over && it->due_ms < first) first = it->due_ms;
  }
  if (first == UINT64_MAX) return -1;
  return first <= now ? 0 : first - now > INT32_MAX ? INT32_MAX : (int)(first - now);
}

/* Only those that were there when the turn began, so that one of 0 ms cannot keep the descriptors from their turn. */
static void handle_timers(void) {
  uint64_t now = loop_now_ms(), newest = last_timer;
  for (watch *it = timers; it; it = it->next) {
    if (it->is_over || it->due_ms > now || it->timer > newest) continue;
    it->is_over = true;
    it->timer_ended(it->context);
  }
}

static void wait_and_handle(void) {
  struct pollfd *polled = new_memory((descriptor_count + 1) * sizeof *polled);
  watch **watches = new_memory((descriptor_count + 1) * sizeof(watch *));
  nfds_t count = 0;
  for (watch *it = descriptors; it; it = it->next) {
    if (it->is_over) continue;
    watches[count] = it;
    polled[count++] = (struct pollfd){.fd = it->fd, .events = it->events};
  }
  int ready = poll(polled, count, time_to_wait());
  for (nfds_t i = 0; ready > 0 && i < count; i++) {
    if (polled[i].revents != 0 && !watches[i]->is_over) watches[i]->ready(watches[i]->context, polled[i].revents);
  }
  free(polled);
  free(watches);
}

void loop_run(void) {
  is_running = true;
  while (is_running) {
    wait_and_handle();
    handle_timers();
    free_ended(&descriptors);
    free_ended(&children);
    free_ended(&timers);
  }
}

void loop_stop(void) { is_running = false; }

void andon_watch_fd(int fd, short events, andon_ready *ready, void *context) {
  andon_unwatch_fd(fd);
  add_watch(&descriptors, (watch){.fd = fd, .events = events, .ready = ready, .context = context});
  descriptor_count++;
}

void andon_unwatch_fd(int fd) {
  for (watch *it = descriptors; it; it = it->next) {
    if (it->is_over || it->fd != fd) continue;
    it->is_over = true;
    descriptor_count--;
  }
}

void andon_watch_child(pid_t pid, andon_child_ended *ended, void *context) {
  add_watch(&children, (watch){.pid = pid, .child_ended = ended, .context = context});
  note_signal(SIGCHLD); /* its own may have come before anybody watched */
}

void andon_unwatch_child(pid_t pid) {
  for (watch *it = children; it; it = it->next) it->is_over = it->is_over || it->pid == pid;
}

uint64_t andon_after(uint32_t ms, andon_timer_ended *ended, void *context) {
  uint64_t due_ms = loop_now_ms() + ms + (ms > 0); /* never early: a millisecond has begun already */
  return add_watch(&timers, (watch){.timer = ++last_timer, .due_ms = due_ms, .timer_ended = ended, .context = context})->timer;
}

void andon_cancel_timer(uint64_t timer) {
  for (watch *it = timers; it; it = it->next) it->is_over = it->is_over || it->timer == timer;
}
