/* The physical floor of the failure path: what is left of a daemon when it decides nothing. For a record it does one
 * epoll_wait, one read, one memchr and one write of a frame that was built beforehand. Everything else happens before
 * the record or after the terminate has been answered.
 *
 *   floor SOCKET EVENT_HANDLE FRAME_BYTES RESTART_DELAY_MS
 *
 * It serves one host with one instance, and ends when that host does. FRAME_BYTES is the length of the terminate frame
 * that the real daemon sends, form feed included, so that both move the same number of bytes. RESTART_DELAY_MS lies
 * between the answer to terminate and the next online, as in the daemon: a machine that has slept for as long is as cold. */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define INSTANCE "floor-001"

static int host;
static const char *event_handle;
static unsigned incarnation;
static char terminate_frame[4096];
static size_t terminate_bytes;
static bool is_restart_due;

static _Noreturn void die(const char *what) {
  fprintf(stderr, "bench floor: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void send_text(const char *text) {
  if (write(host, text, strlen(text)) != (ssize_t)strlen(text)) die("write to the host");
}

/* The reason is padded until the frame has the wanted length. */
static void build_terminate_frame(void) {
  static const char format[] =
      "{\"type\":\"request\",\"data\":{\"id\":\"" INSTANCE "@%u/terminate\",\"method\":\"terminate\",\"params\":{"
      "\"resourceId\":\"" INSTANCE "\",\"incarnation\":%u,\"cause\":\"\",\"reason\":\"%*s\"},\"deadlineMs\":30000}}\f";
  int shortest = snprintf(NULL, 0, format, incarnation, incarnation, 0, "");
  int padding = (int)terminate_bytes > shortest ? (int)terminate_bytes - shortest : 0;
  terminate_bytes = (size_t)snprintf(terminate_frame, sizeof terminate_frame, format, incarnation, incarnation, padding, "");
}

static void send_online(void) {
  char frame[1024];
  is_restart_due = false;
  incarnation++;
  build_terminate_frame();
  snprintf(frame, sizeof frame,
           "{\"type\":\"request\",\"data\":{\"id\":\"" INSTANCE "@%u/online\",\"method\":\"online\",\"params\":{"
           "\"resourceId\":\"" INSTANCE "\",\"incarnation\":%u,\"properties\":{},\"eventHandle\":\"%s\","
           "\"failureRecord\":\"" INSTANCE "@%u\"},\"deadlineMs\":180000}}\f",
           incarnation, incarnation, event_handle, incarnation);
  send_text(frame);
}

static void greet(void) {
  send_text("{\"type\":\"welcome\",\"data\":{\"protocol\":\"andon/1\",\"epoch\":1}}\f"
            "{\"type\":\"request\",\"data\":{\"id\":\"1/startup\",\"method\":\"startup\",\"params\":{\"types\":[]}}}\f"
            "{\"type\":\"request\",\"data\":{\"id\":\"1/open\",\"method\":\"open\",\"params\":{\"resourceId\":\"" INSTANCE
            "\"}}}\f");
  send_online();
}

/* Frames from the host: its hello, and answers. Only the answer to terminate matters. The host writes a frame with one
 * write and waits for the next request, so a frame is never split or joined with another that matters. */
static void serve_host(void) {
  char bytes[65536];
  ssize_t count = read(host, bytes, sizeof bytes - 1);
  if (count <= 0) exit(0);
  bytes[count] = '\0';
  if (strstr(bytes, "\"hello\"")) greet();
  else if (strstr(bytes, "/terminate\"")) is_restart_due = true;
}

static void accept_host(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) errno = ENAMETOOLONG, die(path);
  strcpy(address.sun_path, path);
  int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0) die(path);
  if (listen(listener, 1) != 0) die("listen");
  puts("listening");
  fflush(stdout);
  host = accept(listener, NULL, NULL);
  if (host < 0) die("accept");
  close(listener);
}

int main(int argc, char **argv) {
  if (argc != 5) errno = EINVAL, die("usage: floor SOCKET EVENT_HANDLE FRAME_BYTES RESTART_DELAY_MS");
  event_handle = argv[2];
  terminate_bytes = strtoul(argv[3], NULL, 10);
  int restart_delay_ms = atoi(argv[4]);
  int records = open(event_handle, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
  if (records < 0) die(event_handle);
  accept_host(argv[1]);

  int poller = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event on_records = {.events = EPOLLIN, .data.fd = records};
  struct epoll_event on_host = {.events = EPOLLIN, .data.fd = host};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, records, &on_records) != 0) die("epoll_ctl");
  if (epoll_ctl(poller, EPOLL_CTL_ADD, host, &on_host) != 0) die("epoll_ctl");

  static char bytes[65536];
  for (struct epoll_event event;;) {
    int count_of_events = epoll_wait(poller, &event, 1, is_restart_due ? restart_delay_ms : -1);
    if (count_of_events == 0) send_online();
    if (count_of_events != 1) continue;
    if (event.data.fd != records) {
      serve_host();
      continue;
    }
    ssize_t count = read(records, bytes, sizeof bytes);
    if (count > 0 && memchr(bytes, '\n', (size_t)count) &&
        write(host, terminate_frame, terminate_bytes) != (ssize_t)terminate_bytes)
      die("write to the host");
  }
}
