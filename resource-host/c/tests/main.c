#include "test.h"
#include "../src/loop.h"

#include <stdio.h>

static unsigned checks, failures;

void check(bool holds, const char *what, const char *file, int line) {
  checks++;
  if (holds) return;
  failures++;
  fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
}

static void ignore_stop(void) {}

/* tests EXAMPLES: the folder of the protocol's examples, protocol/schema/v1/examples */
int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: tests EXAMPLES\n");
    return 2;
  }
  loop_start(ignore_stop);
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
