#define _XOPEN_SOURCE 700

#include "test.h"
#include "../src/loop.h"

#include <stdio.h>
#include <unistd.h>

enum { LIMIT_S = 120 };

static unsigned checks, failures;

void check(bool holds, const char *what, const char *file, int line) {
  checks++;
  if (holds) return;
  failures++;
  fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
}

static void refuse_stop(void) { check(false, "nobody ends this program", __FILE__, __LINE__); }

/* tests EXAMPLES: the folder of the protocol's examples, protocol/schema/v1/examples */
int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: tests EXAMPLES\n");
    return 2;
  }
  alarm(LIMIT_S); /* a test that waits for what never comes ends the program */
  loop_start(refuse_stop);
  test_text();
  test_json();
  test_json_examples(argv[1]);
  test_record();
  test_frames();
  test_loop();
  test_event_handle();
  printf("%u checks, %u failed\n", checks, failures);
  return failures == 0 ? 0 : 1;
}
