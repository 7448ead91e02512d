#define _XOPEN_SOURCE 700

#include "../src/event-handle.h"
#include "../src/loop.h"
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool record_is(const char *reason, const char *expected) {
  char line[MAX_RECORD_BYTES];
  size_t length = format_record(line, "web-1@7", reason);
  return length == strlen(expected) && memcmp(line, expected, length) == 0;
}

void test_record(void) {
  CHECK(record_is("disk gone", "web-1@7 disk gone\n"));
  CHECK(record_is("a\nb\tc\x7f\xc2\x85" "d", "web-1@7 a b c   d\n"));
  CHECK(record_is("\xff\xc3", "web-1@7   \n"));
  CHECK(record_is("Platte verbrannt: Größe 0", "web-1@7 Platte verbrannt: Größe 0\n"));
  char reason[601] = "", line[MAX_RECORD_BYTES];
  for (int i = 0; i < 200; i++) strcat(reason, "€");
  size_t length = format_record(line, "web-1@7", reason);
  CHECK(length <= MAX_RECORD_BYTES && length > MAX_RECORD_BYTES - 3 && line[length - 1] == '\n');
  CHECK((length - 9) % 3 == 0);
}

static char folder[] = "/tmp/andon-c-XXXXXX";
static char path[64];
static int reader;
static failure_record records[2];
static char received[8192];

static void end_test(void *context) {
  (void)context;
  loop_stop();
}

/* The full pipe is emptied: the record that waited comes then, and both again after two seconds. */
static void empty_pipe(void *context) {
  (void)context;
  char filler[65536];
  CHECK(read(reader, filler, sizeof filler) > 0);
}

static void run_for(uint32_t ms) {
  andon_after(ms, end_test, NULL);
  loop_run();
  ssize_t count = read(reader, received, sizeof received - 1);
  received[count > 0 ? count : 0] = '\0';
}

static void fill_pipe(void) {
  static char filler[512];
  memset(filler, 'x', sizeof filler);
  int fd = open(path, O_WRONLY | O_NONBLOCK);
  while (write(fd, filler, sizeof filler) > 0) continue;
  close(fd);
}

static void report(failure_record *record, const char *beginning) {
  record->length = format_record(record->line, beginning, "gone");
  event_handle_report(record);
}

void test_event_handle(void) {
  CHECK(mkdtemp(folder) != NULL);
  snprintf(path, sizeof path, "%s/pipe", folder);
  event_handle_start(path, -1);
  report(&records[0], "web-1@7"); /* nobody has made the pipe yet */
  andon_after(150, end_test, NULL);
  loop_run();
  CHECK(access(path, F_OK) != 0);
  CHECK(mkfifo(path, 0600) == 0);
  reader = open(path, O_RDWR | O_NONBLOCK);
  run_for(150);
  CHECK(strcmp(received, "web-1@7 gone\n") == 0);

  fill_pipe();
  report(&records[1], "web-2@9");
  andon_after(20, empty_pipe, NULL);
  run_for(60);
  CHECK(strcmp(received, "web-2@9 gone\n") == 0);

  event_handle_forget(&records[0]);
  run_for(2100);
  CHECK(strcmp(received, "web-2@9 gone\n") == 0);
  event_handle_forget(&records[1]);
  close(reader);
  unlink(path);
  rmdir(folder);
}
