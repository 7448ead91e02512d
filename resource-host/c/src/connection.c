#define _XOPEN_SOURCE 700

#include "connection.h"
#include "loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { SHORTEST_RETRY_MS = 100, LONGEST_RETRY_MS = 2000, WELCOME_LIMIT_MS = 10000, READ_BYTES = 65536 };

static struct {
  const char *path;
  connection_listener listener;
  int fd; /* -1 = not connected */
  uint64_t number;
  bool is_welcomed, is_stopped, awaits_room;
  unsigned failures;
  uint64_t timer; /* the next attempt, or the limit of this one */
  char last_trouble[256];
  text received, unsent;
  size_t searched; /* so many bytes of `received` hold no end of a frame */
} daemon_side = {.fd = -1};

static void try_to_connect(void *context);
static void handle_socket(void *context, short revents);

static void drop(void) {
  andon_cancel_timer(daemon_side.timer);
  daemon_side.is_welcomed = daemon_side.awaits_room = false;
  daemon_side.searched = 0;
  text_free(&daemon_side.received);
  text_free(&daemon_side.unsent);
  if (daemon_side.fd < 0) return;
  andon_unwatch_fd(daemon_side.fd);
  close(daemon_side.fd);
  daemon_side.fd = -1;
}

/* Says each trouble once: attempts go on for as long as there is no daemon. */
static void say_trouble(const char *why) {
  if (strcmp(why, daemon_side.last_trouble) == 0) return;
  snprintf(daemon_side.last_trouble, sizeof daemon_side.last_trouble, "%s", why);
  fprintf(stderr, "andon host: %s; trying again\n", daemon_side.last_trouble);
}

void connection_retry(const char *why) {
  if (daemon_side.is_stopped) return;
  bool was_welcome = daemon_side.is_welcomed;
  drop();
  say_trouble(why);
  if (daemon_side.failures < 5) daemon_side.failures++;
  unsigned longest = SHORTEST_RETRY_MS << daemon_side.failures;
  if (longest > LONGEST_RETRY_MS) longest = LONGEST_RETRY_MS;
  unsigned wait_ms = SHORTEST_RETRY_MS + (unsigned)random() % (longest - SHORTEST_RETRY_MS + 1);
  daemon_side.timer = andon_after(wait_ms, try_to_connect, NULL);
  daemon_side.listener.lost(was_welcome);
}

static void welcome_is_late(void *context) {
  (void)context;
  connection_retry("the daemon did not welcome this host in time");
}

static void retry_after_error(const char *what) {
  char why[256];
  snprintf(why, sizeof why, "%s %s: %s", what, daemon_side.path, strerror(errno));
  connection_retry(why);
}

static void try_to_connect(void *context) {
  (void)context;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  memcpy(address.sun_path, daemon_side.path, strlen(daemon_side.path));
  daemon_side.fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (daemon_side.fd < 0) {
    retry_after_error("cannot make a socket for");
    return;
  }
  fcntl(daemon_side.fd, F_SETFD, FD_CLOEXEC);
  fcntl(daemon_side.fd, F_SETFL, O_NONBLOCK);
  if (connect(daemon_side.fd, (struct sockaddr *)&address, sizeof address) != 0) {
    retry_after_error("cannot connect to the daemon at");
    return;
  }
  daemon_side.number++;
  andon_watch_fd(daemon_side.fd, POLLIN, handle_socket, NULL);
  daemon_side.timer = andon_after(WELCOME_LIMIT_MS, welcome_is_late, NULL);
  daemon_side.listener.connected();
}

void connection_start(const char *socket_path, connection_listener listener) {
  struct sockaddr_un address;
  if (strlen(socket_path) >= sizeof address.sun_path) {
    fprintf(stderr, "andon host: ANDON_SOCKET is too long for the address of a socket: %s\n", socket_path);
    exit(2);
  }
  daemon_side.path = socket_path;
  daemon_side.listener = listener;
  srandom((unsigned)getpid() ^ (unsigned)loop_now_ms());
  try_to_connect(NULL);
}

void connection_stop(void) {
  drop();
  daemon_side.is_stopped = true;
}

void connection_welcomed(void) {
  andon_cancel_timer(daemon_side.timer);
  daemon_side.is_welcomed = true;
  daemon_side.failures = 0;
  daemon_side.last_trouble[0] = '\0';
}

bool connection_is_welcomed(void) { return daemon_side.is_welcomed; }
uint64_t connection_number(void) { return daemon_side.fd < 0 ? 0 : daemon_side.number; }
size_t connection_backlog(void) { return daemon_side.unsent.length; }

static void handle_frame(const char *bytes, size_t length) {
  if (daemon_side.fd < 0) return; /* an earlier frame of the same read ended the connection */
  andon_json *frame = json_read(bytes, length);
  const char *type = andon_json_text(andon_json_member(frame, "type"), NULL);
  if (type) daemon_side.listener.frame(type, andon_json_member(frame, "data"));
  else fprintf(stderr, "andon host: ignored %zu bytes from the daemon that are no frame\n", length);
  free(frame);
}

bool take_frames(text *received, size_t *searched, void (*take)(const char *frame, size_t length)) {
  text taken = *received; /* what a frame leads to may drop the connection, and its texts with it */
  *received = (text){0};
  size_t start = 0, from = *searched;
  for (char *end; from < taken.length && (end = memchr(taken.bytes + from, FRAME_END, taken.length - from)); from = start) {
    size_t length = (size_t)(end - taken.bytes) - start;
    if (length > MAX_FRAME_BYTES) break;
    take(taken.bytes + start, length);
    start = (size_t)(end - taken.bytes) + 1;
  }
  text_drop(&taken, start);
  *received = taken;
  *searched = taken.length;
  return taken.length <= MAX_FRAME_BYTES;
}

static void handle_input(void) {
  char bytes[READ_BYTES];
  ssize_t count = read(daemon_side.fd, bytes, sizeof bytes);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) {
    connection_retry("the daemon closed the connection");
    return;
  }
  text_append(&daemon_side.received, bytes, (size_t)count);
  uint64_t number = daemon_side.number;
  bool is_legal = take_frames(&daemon_side.received, &daemon_side.searched, handle_frame);
  if (daemon_side.fd < 0 || daemon_side.number != number) {
    text_free(&daemon_side.received); /* of a connection that a frame has ended */
    daemon_side.searched = 0;
  } else if (!is_legal) {
    connection_retry("the daemon sent a frame of more than 1048576 bytes");
  }
}

static void write_unsent(void) {
  ssize_t count = send(daemon_side.fd, daemon_side.unsent.bytes, daemon_side.unsent.length, MSG_NOSIGNAL);
  /* An error shows as the end of the input, too; that is where it is handled, and never in the midst of a call. */
  if (count > 0) text_drop(&daemon_side.unsent, (size_t)count);
  bool awaits_room = daemon_side.unsent.length > 0;
  if (awaits_room == daemon_side.awaits_room) return;
  daemon_side.awaits_room = awaits_room;
  andon_watch_fd(daemon_side.fd, awaits_room ? POLLIN | POLLOUT : POLLIN, handle_socket, NULL);
}

static void handle_socket(void *context, short revents) {
  (void)context;
  if (revents & POLLOUT) write_unsent();
  if (revents & (POLLIN | POLLHUP | POLLERR)) handle_input();
}

void connection_send(const char *type, const text *data) {
  if (daemon_side.fd < 0) return;
  bool was_empty = daemon_side.unsent.length == 0;
  text_format(&daemon_side.unsent, "{\"type\":\"%s\",\"data\":", type);
  text_append(&daemon_side.unsent, data->bytes, data->length);
  text_format(&daemon_side.unsent, "}%c", FRAME_END);
  if (was_empty) write_unsent();
}
