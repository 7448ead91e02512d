/* {{name}}: a resource type that is a program. The resource is online while the program runs. Its exit is a failure, and
 * the kernel tells of it: nothing here looks at intervals. */
#define _XOPEN_SOURCE 700

#include "andon.h"
#include "leftovers.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DEFAULT_STOP_TIMEOUT_MS = 5000, LOOK_AGAIN_MS = 5 };

typedef struct {
  pid_t pid;        /* of the program, and of the process group that it leads; 0 = it does not run */
  andon_call *call; /* the online, offline or terminate that waits until nothing of the program is left */
  uint64_t timer;   /* when to kill, or to look again */
} program;

static andon_answer open_program(andon_resource *resource, andon_call *call) {
  program *it = calloc(1, sizeof *it);
  if (!it) return andon_refuse(call, "unavailable", "there is no memory for %s", andon_name(resource));
  andon_set_state(resource, it);
  bool is_running = andon_recovers(call) && signal_leftovers(andon_name(resource), 0) > 0;
  return is_running ? andon_found_running(call) : ANDON_DONE;
}

static andon_answer close_program(andon_resource *resource, andon_call *call) {
  (void)call;
  free(andon_state(resource));
  return ANDON_DONE;
}

/* Kills everything of the program, and answers when nothing is left. The kernel tells of the death of a child, but not of
 * that of a grandchild: for these few milliseconds it has to be looked for. */
static void kill_program(void *context) {
  program *it = andon_state(context);
  if (it->pid > 0) kill(-it->pid, SIGKILL);
  if (signal_leftovers(andon_name(context), SIGKILL) > 0 || it->pid > 0) {
    it->timer = andon_after(LOOK_AGAIN_MS, kill_program, context);
    return;
  }
  andon_call *call = it->call;
  *it = (program){0};
  andon_finish(call, ANDON_DONE);
}

static void program_ended(void *context, pid_t pid, int status) {
  (void)pid;
  program *it = andon_state(context);
  it->pid = 0;
  if (it->call) {
    andon_cancel_timer(it->timer);
    kill_program(context);
  } else if (WIFSIGNALED(status)) {
    bool is_kill = WTERMSIG(status) == SIGKILL;
    andon_fail(context, "killed by %s", is_kill ? "SIGKILL" : strsignal(WTERMSIG(status)));
  } else {
    andon_fail(context, "exited with code %d", WEXITSTATUS(status));
  }
}

/* In the child. Its errors are seen as its exit. */
static _Noreturn void run_command(const char *name, const char *command) {
  setpgid(0, 0);
  setenv("ANDON_RESOURCE", name, 1);
  int nothing = open("/dev/null", O_RDONLY);
  if (nothing >= 0) dup2(nothing, STDIN_FILENO);
  execl("/bin/sh", "sh", "-c", command, (char *)NULL);
  _exit(127);
}

static andon_answer start_program(andon_resource *resource, andon_call *call) {
  program *it = andon_state(resource);
  const char *command = andon_json_text(andon_json_member(andon_properties(resource), "command"), NULL);
  if (!command) return andon_refuse(call, "invalidParams", "%s has no property \"command\"; set it", andon_name(resource));
  pid_t pid = fork();
  if (pid < 0) return andon_refuse(call, "unavailable", "cannot start \"%s\": %s", command, strerror(errno));
  if (pid == 0) run_command(andon_name(resource), command);
  setpgid(pid, pid); /* here too: whoever is first, a signal that follows finds the group */
  *it = (program){.pid = pid};
  andon_watch_child(pid, program_ended, resource);
  return ANDON_DONE; /* the event contract: program_ended() tells of a failure */
}

static void start_when_free(void *context) {
  program *it = andon_state(context);
  andon_call *call = it->call;
  if (signal_leftovers(andon_name(context), SIGKILL) > 0) it->timer = andon_after(LOOK_AGAIN_MS, start_when_free, context);
  else andon_finish(call, start_program(context, call));
}

/* What an earlier host left behind goes first: there must never be two of it. */
static andon_answer online(andon_resource *resource, andon_call *call) {
  program *it = andon_state(resource);
  it->call = call;
  start_when_free(resource);
  return ANDON_PENDING;
}

static andon_answer offline(andon_resource *resource, andon_call *call) {
  program *it = andon_state(resource);
  double timeout_ms = andon_json_number(andon_json_member(andon_properties(resource), "stopTimeoutMs"), DEFAULT_STOP_TIMEOUT_MS);
  it->call = call;
  it->timer = andon_after(it->pid > 0 ? (uint32_t)timeout_ms : 0, kill_program, resource);
  if (it->pid > 0) kill(-it->pid, SIGTERM);
  return ANDON_PENDING;
}

static andon_answer terminate(andon_resource *resource, andon_call *call) {
  program *it = andon_state(resource);
  andon_cancel_timer(it->timer);
  it->call = call; /* instead of an online or offline that it overtakes */
  kill_program(resource);
  return ANDON_PENDING;
}

static andon_answer is_alive(andon_resource *resource, andon_call *call) {
  program *it = andon_state(resource);
  return it->pid > 0 ? ANDON_DONE : andon_not_alive(call, "the program does not run");
}

static andon_answer control(andon_resource *resource, andon_call *call) {
  program *it = andon_state(resource);
  if (strcmp(andon_control_code(call), "pid") != 0) {
    return andon_refuse(call, "notSupported", "no control code \"%s\"; there is \"pid\"", andon_control_code(call));
  }
  if (it->pid == 0) return andon_refuse(call, "invalidState", "%s does not run", andon_name(resource));
  return andon_output_number(call, it->pid);
}

int main(void) {
  static const andon_type types[] = {{.name = "{{name}}",
                                      .open = open_program,
                                      .online = online,
                                      .offline = offline,
                                      .terminate = terminate,
                                      .is_alive = is_alive,
                                      .control = control,
                                      .close = close_program}};
  return andon_run(types, sizeof types / sizeof *types);
}
