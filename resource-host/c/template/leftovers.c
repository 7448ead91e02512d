#define _XOPEN_SOURCE 700

#include "leftovers.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { LONGEST_ENVIRONMENT = 131072 };

static bool has_entry(const char *environment, size_t length, const char *name, const char *value) {
  size_t name_length = strlen(name);
  for (size_t at = 0; at < length; at += strlen(environment + at) + 1) {
    const char *entry = environment + at;
    if (strncmp(entry, name, name_length) == 0 && entry[name_length] == '=' && strcmp(entry + name_length + 1, value) == 0) return true;
  }
  return false;
}

/* A process that has ended, and one of another user, shows no environment. */
static bool belongs_to(const char *pid, const char *resource) {
  static char environment[LONGEST_ENVIRONMENT + 1];
  const char *daemon = getenv("ANDON_SOCKET");
  char path[64];
  snprintf(path, sizeof path, "/proc/%.20s/environ", pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  size_t length = 0;
  for (ssize_t count; (count = read(fd, environment + length, LONGEST_ENVIRONMENT - length)) > 0;) length += (size_t)count;
  close(fd);
  environment[length] = '\0';
  return daemon && has_entry(environment, length, "ANDON_RESOURCE", resource) && has_entry(environment, length, "ANDON_SOCKET", daemon);
}

size_t signal_leftovers(const char *resource, int signal_number) {
  size_t count = 0;
  DIR *processes = opendir("/proc");
  if (!processes) return 0;
  for (struct dirent *entry; (entry = readdir(processes));) {
    pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
    if (pid <= 1 || !belongs_to(entry->d_name, resource)) continue;
    kill(pid, signal_number);
    count++;
  }
  closedir(processes);
  return count;
}
