/* One connection to the daemon: UTF-8 JSON frames, each ended by a form feed. */
#ifndef CONNECTION_H
#define CONNECTION_H

#include "json-fields.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { FRAME_END = '\f', MAX_FRAME_BYTES = 1 << 20, SILENCE_LIMIT_S = 30 };

typedef struct {
  int fd;
  size_t used;     /* bytes in `bytes` */
  size_t consumed; /* of them, bytes of frames that next_frame() has given out */
  char bytes[MAX_FRAME_BYTES + 1];
} connection;

static _Noreturn void die(const char *what) {
  fprintf(stderr, "bench host: %s%s%s\n", what, errno ? ": " : "", errno ? strerror(errno) : "");
  exit(1);
}

static void connect_to(connection *daemon, const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) die("ANDON_SOCKET is too long for a socket address");
  strcpy(address.sun_path, path);
  daemon->fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (daemon->fd < 0 || connect(daemon->fd, (struct sockaddr *)&address, sizeof address) != 0) die("connect");
  /* A terminate that never comes must end the measurement, not hang it. */
  struct timeval limit = {.tv_sec = SILENCE_LIMIT_S};
  setsockopt(daemon->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

static void write_all(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t written = write(fd, bytes, length);
    if (written < 0 && errno != EINTR) die("write to the daemon");
    if (written < 0) continue;
    bytes += written;
    length -= (size_t)written;
  }
}

/* Sends one frame; `format` is its JSON. */
static void send_frame(connection *daemon, const char *format, ...) {
  char frame[4096];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(frame, sizeof frame - 1, format, arguments);
  va_end(arguments);
  if (length < 0 || (size_t)length >= sizeof frame - 1) die("a frame is longer than this host expects");
  frame[length++] = FRAME_END;
  write_all(daemon->fd, frame, (size_t)length);
}

/* One read(2). Spans of earlier frames are invalid afterwards. False = the daemon closed the connection. */
static bool read_more(connection *daemon) {
  memmove(daemon->bytes, daemon->bytes + daemon->consumed, daemon->used - daemon->consumed);
  daemon->used -= daemon->consumed;
  daemon->consumed = 0;
  if (daemon->used == sizeof daemon->bytes) die("a frame is longer than the protocol allows");
  ssize_t count;
  do {
    errno = 0;
    count = read(daemon->fd, daemon->bytes + daemon->used, sizeof daemon->bytes - daemon->used);
  } while (count < 0 && errno == EINTR);
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) die("the daemon has been silent for too long");
  if (count <= 0) return false;
  daemon->used += (size_t)count;
  return true;
}

/* The next whole frame of what has been read, without its form feed; length 0 = none is complete. */
static span next_frame(connection *daemon) {
  char *start = daemon->bytes + daemon->consumed;
  char *end = memchr(start, FRAME_END, daemon->used - daemon->consumed);
  if (!end) return (span){0};
  daemon->consumed = (size_t)(end + 1 - daemon->bytes);
  return (span){start, (size_t)(end - start)};
}

#endif
