#define _XOPEN_SOURCE 700

#include "../src/loop.h"
#include "../src/connection.h"
#include "test.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ── Frames ── */

static char taken[64];

static void note_frame(const char *frame, size_t length) {
  strncat(taken, frame, length);
  strcat(taken, "|");
}

void test_frames(void) {
  static const char bytes[] = "one\ftwé\f\fthr";
  text received = {0};
  size_t searched = 0;
  for (size_t i = 0; i < sizeof bytes - 1; i++) {
    text_append(&received, bytes + i, 1);
    CHECK(take_frames(&received, &searched, note_frame));
  }
  CHECK(strcmp(taken, "one|twé||") == 0 && received.length == 3);
  static char filler[MAX_FRAME_BYTES];
  memset(filler, 'x', sizeof filler);
  text_append(&received, filler, MAX_FRAME_BYTES - 3);
  CHECK(take_frames(&received, &searched, note_frame));
  text_append(&received, "x", 1);
  CHECK(!take_frames(&received, &searched, note_frame));
  text_free(&received);
}

/* ── The loop ── */

static char happened[64];
static int ends[2];

static void note(void *what) { strcat(happened, what); }
static void note_and_stop(void *what) {
  note(what);
  loop_stop();
}

static void note_child(void *what, pid_t pid, int status) {
  (void)pid;
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
  note_and_stop(what);
}

static void note_readable(void *what, short revents) {
  char byte;
  CHECK((revents & POLLIN) && read(ends[0], &byte, 1) == 1 && byte == 'x');
  andon_unwatch_fd(ends[0]);
  note_and_stop(what);
}

static pid_t start_child(void) {
  pid_t pid = fork();
  if (pid == 0) _exit(7);
  return pid;
}

static void note_killed(void *what, pid_t pid, int status) {
  (void)pid;
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
  note_and_stop(what);
}

/* SIGTERM to a child before its exec ends the child, and not this process. */
static void test_child_before_exec(void) {
  pid_t pid = fork();
  if (pid == 0) {
    raise(SIGTERM);
    _exit(0);
  }
  happened[0] = '\0';
  andon_watch_child(pid, note_killed, "killed");
  loop_run();
  CHECK(strcmp(happened, "killed") == 0);
}

void test_loop(void) {
  uint64_t begin_ms = loop_now_ms();
  andon_after(20, note_and_stop, "3");
  andon_after(10, note, "2");
  andon_cancel_timer(andon_after(0, note, "never"));
  andon_after(0, note, "1");
  loop_run();
  CHECK(strcmp(happened, "123") == 0 && loop_now_ms() - begin_ms >= 20);

  CHECK(pipe(ends) == 0 && write(ends[1], "x", 1) == 1);
  andon_watch_fd(ends[0], POLLIN, note_readable, "4");
  loop_run();
  CHECK(strcmp(happened, "1234") == 0);

  andon_watch_child(start_child(), note_child, "5");
  loop_run();
  siginfo_t ended;
  pid_t early = start_child();
  CHECK(waitid(P_PID, (id_t)early, &ended, WEXITED | WNOWAIT) == 0);
  andon_after(20, note_and_stop, "6"); /* by then its SIGCHLD is handled, and nobody watched */
  loop_run();
  andon_watch_child(early, note_child, "7");
  loop_run();
  CHECK(strcmp(happened, "1234567") == 0);
  close(ends[0]);
  close(ends[1]);
  test_child_before_exec();
}
