/* A resource host that measures the failure path: the time from write(2) of a failure record to the return of the
 * read(2) that completes the terminate frame for it. Both ends of the interval are in this process, so one clock is
 * enough. It speaks andon/1 as any host does; nothing in the daemon knows that it is being measured.
 *
 *   host TRIGGER MIN_PAUSE_US MAX_PAUSE_US [MAX_RECOVERING]
 *
 * It waits for lines "COUNT FILE" on the named pipe TRIGGER. Each makes it take COUNT samples, one failure after the
 * other over all its instances in turn, and write FILE: one line "NANOSECONDS FRAME_BYTES" for each sample. */
#define _XOPEN_SOURCE 700

#include "instances.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/select.h>
#include <time.h>

typedef struct {
  uint64_t latency_ns;
  size_t frame_bytes;
} sample;

enum { FRAMES_CAME = 1, TRIGGERED = 2 }; /* what a wait ended with */

static connection andon;
static size_t next_probe;
static instance *probed; /* waits for its terminate */
static size_t terminate_bytes; /* length of the frame that answered the probe; 0 = not there yet */
static int event_fd, trigger_fd;
static uint64_t min_pause_ns, max_pause_ns;
static size_t max_recovering; /* so many instances may still be on their way back when the next one is failed */

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static const char *required_environment(const char *name) {
  const char *value = getenv(name);
  if (!value) {
    fprintf(stderr, "bench host: %s is not set; a resource host is started by andond\n", name);
    exit(2);
  }
  return value;
}

static void succeed(span id, const char *result) {
  send_frame(&andon, "{\"type\":\"response\",\"data\":{\"id\":%.*s,\"ok\":true,\"result\":%s}}", (int)id.length,
             id.start, result);
}

static void refuse(span id, const char *code) {
  send_frame(&andon,
             "{\"type\":\"response\",\"data\":{\"id\":%.*s,\"ok\":false,\"error\":{\"code\":\"%s\",\"message\":"
             "\"the bench host does not know this call or resource\",\"retryable\":false}}}",
             (int)id.length, id.start, code);
}

/* Calls about the host as a whole. False = the call is about an instance. */
static bool answer_host_call(span id, span method, span params) {
  char result[1024];
  if (span_is(method, "startup")) {
    span types = json_field(params, "types");
    snprintf(result, sizeof result, "{\"resourceTypes\":%.*s}", (int)types.length, types.start);
    succeed(id, result);
  } else if (span_is(method, "open")) {
    open_instance(json_text(params, "resourceId"));
    succeed(id, "{\"found\":\"nothing\"}");
  } else if (span_is(method, "ping")) {
    succeed(id, "{}");
  } else {
    return false;
  }
  return true;
}

static void answer_instance_call(span id, span method, span params, size_t frame_bytes) {
  instance *it = find_instance(json_text(params, "resourceId"));
  char result[1024] = "{}";
  if (!it) {
    refuse(id, "unknownResource");
    return;
  }
  if (span_is(method, "online")) {
    bring_online(it, json_text(params, "failureRecord"));
    snprintf(result, sizeof result, "{\"contract\":\"event\",\"eventHandle\":\"%s\"}", getenv("ANDON_EVENT_HANDLE"));
  } else if (span_is(method, "looksAlive") || span_is(method, "isAlive")) {
    strcpy(result, it->is_online ? "{\"alive\":true}" : "{\"alive\":false}");
  } else if (span_is(method, "terminate")) {
    if (it == probed) terminate_bytes = frame_bytes;
    set_online(it, false);
  } else if (span_is(method, "offline")) {
    set_online(it, false);
  } else if (span_is(method, "close")) {
    close_instance(it);
  } else {
    refuse(id, "notSupported");
    return;
  }
  succeed(id, result);
}

static void handle_frame(span frame) {
  span type = json_text(frame, "type"), data = json_field(frame, "data");
  if (span_is(type, "goodbye")) {
    fprintf(stderr, "bench host: refused: %.*s\n", (int)frame.length, frame.start);
    exit(1);
  }
  if (!span_is(type, "request")) return; /* welcome and notify ask for nothing that this host has */
  span id = json_field(data, "id"), method = json_text(data, "method"), params = json_field(data, "params");
  if (!answer_host_call(id, method, params)) answer_instance_call(id, method, params, frame.length + 1);
}

static void handle_frames(void) {
  for (span frame; (frame = next_frame(&andon)).length > 0;) handle_frame(frame);
}

/* Waits for frames and answers them, for the trigger pipe if `with_trigger`, or for the time; NULL = without limit. */
static unsigned wait_and_answer(bool with_trigger, const struct timespec *timeout) {
  fd_set readable;
  FD_ZERO(&readable);
  FD_SET(andon.fd, &readable);
  if (with_trigger) FD_SET(trigger_fd, &readable);
  int highest = andon.fd > trigger_fd ? andon.fd : trigger_fd;
  unsigned happened = 0;
  if (pselect(highest + 1, &readable, NULL, NULL, timeout, NULL) <= 0) return happened;
  if (FD_ISSET(andon.fd, &readable)) {
    if (!read_more(&andon)) exit(0); /* the daemon is gone, and the measurement with it */
    handle_frames();
    happened |= FRAMES_CAME;
  }
  if (with_trigger && FD_ISSET(trigger_fd, &readable)) happened |= TRIGGERED;
  return happened;
}

/* Until everything (but max_recovering) is Online again and the daemon has then been silent for a random pause, so that
 * a sample meets neither the recovery of the one before nor a fixed phase of any timer. */
static void wait_for_calm(void) {
  uint64_t limit = now_ns() + SILENCE_LIMIT_S * UINT64_C(1000000000);
  bool is_calm = false;
  while (!is_calm) {
    uint64_t pause_ns = min_pause_ns + (uint64_t)random() % (max_pause_ns - min_pause_ns + 1);
    struct timespec pause = {(time_t)(pause_ns / 1000000000u), (long)(pause_ns % 1000000000u)};
    bool is_silent = !(wait_and_answer(false, &pause) & FRAMES_CAME);
    is_calm = is_silent && online_count > 0 && online_count + max_recovering >= instance_count;
    if (now_ns() > limit) errno = 0, die("the failed instances were not brought online again");
  }
}

static sample measure_one(void) {
  wait_for_calm();
  do next_probe = (next_probe + 1) % instance_count;
  while (!instances[next_probe].is_online);
  probed = &instances[next_probe];
  terminate_bytes = 0;
  uint64_t read_at = 0, written_at = now_ns();
  if (write(event_fd, probed->record, probed->record_length) != (ssize_t)probed->record_length) die("event handle");
  while (terminate_bytes == 0) {
    if (!read_more(&andon)) errno = 0, die("the daemon left in the middle of a sample");
    read_at = now_ns(); /* before the frame is looked at: parsing it is not the daemon's time */
    handle_frames();
  }
  probed = NULL;
  return (sample){read_at - written_at, terminate_bytes};
}

/* The file appears under its name only when it is complete. */
static void write_samples(const char *path, const sample *samples, size_t count) {
  char partial[1100];
  snprintf(partial, sizeof partial, "%s.partial", path);
  FILE *file = fopen(partial, "w");
  if (!file) die(partial);
  for (size_t i = 0; i < count; i++) fprintf(file, "%" PRIu64 " %zu\n", samples[i].latency_ns, samples[i].frame_bytes);
  if (fclose(file) != 0 || rename(partial, path) != 0) die(path);
}

static void run_round(void) {
  char line[1100] = "", path[1024];
  size_t count;
  if (read(trigger_fd, line, sizeof line - 1) <= 0) return;
  if (sscanf(line, "%zu %1023[^\n]", &count, path) != 2 || count == 0) errno = 0, die("the trigger is not COUNT FILE");
  sample *samples = calloc(count, sizeof *samples);
  if (!samples) die("calloc");
  for (size_t i = 0; i < count; i++) samples[i] = measure_one();
  write_samples(path, samples, count);
  free(samples);
}

int main(int argc, char **argv) {
  if (argc < 4) errno = 0, die("usage: host TRIGGER MIN_PAUSE_US MAX_PAUSE_US [MAX_RECOVERING]");
  min_pause_ns = strtoull(argv[2], NULL, 10) * 1000;
  max_pause_ns = strtoull(argv[3], NULL, 10) * 1000;
  max_recovering = argc > 4 ? strtoul(argv[4], NULL, 10) : 0;
  if (max_pause_ns < min_pause_ns) errno = 0, die("MAX_PAUSE_US is smaller than MIN_PAUSE_US");
  signal(SIGPIPE, SIG_IGN);
  /* Both ends in one hand: the pipe never reports the end of its input when a writer closes it. */
  trigger_fd = open(argv[1], O_RDWR);
  if (trigger_fd < 0) die(argv[1]);
  const char *inherited = getenv("ANDON_EVENT_FD");
  event_fd = inherited ? atoi(inherited) : open(required_environment("ANDON_EVENT_HANDLE"), O_RDWR);
  if (event_fd < 0) die("ANDON_EVENT_HANDLE");
  connect_to(&andon, required_environment("ANDON_SOCKET"));
  send_frame(&andon,
             "{\"type\":\"hello\",\"data\":{\"protocols\":[\"andon/1\"],\"token\":\"%s\",\"hostId\":\"%s\",\"pid\":%ld,"
             "\"software\":{\"name\":\"andon-bench-host\",\"version\":\"1\"},\"concurrency\":\"perResource\","
             "\"capabilities\":{},\"resourceCount\":0,\"resources\":[]}}",
             required_environment("ANDON_TOKEN"), required_environment("ANDON_HOST_ID"), (long)getpid());
  for (;;) {
    if (wait_and_answer(true, NULL) & TRIGGERED) run_round();
  }
}
