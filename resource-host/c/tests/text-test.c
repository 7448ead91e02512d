#include "../src/text.h"
#include "test.h"

#include <string.h>

static void print(char message[MAX_MESSAGE + 1], const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  format_message(message, format, arguments);
  va_end(arguments);
}

void test_text(void) {
  text it = {0};
  text_format(&it, "%s-%d", "web", 1);
  text_append_json(&it, "a\"\\\x01\xffé", 7);
  CHECK(strcmp(it.bytes, "web-1\"a\\\"\\\\\\u0001\xef\xbf\xbdé\"") == 0);
  text_drop(&it, 5);
  CHECK(it.bytes[0] == '"' && it.length == strlen(it.bytes));
  text_free(&it);

  CHECK(utf8_length("é", 2) == 2 && utf8_length("é", 1) == 0 && utf8_length("\x80", 1) == 0);
  CHECK(utf8_cut("aé", 2) == 1 && utf8_cut("aé", 3) == 3 && utf8_cut("€", 2) == 0);

  char message[MAX_MESSAGE + 1], original[MAX_MESSAGE + 2];
  memset(original, 'x', sizeof original);
  memcpy(original + MAX_MESSAGE - 1, "é", 3);
  print(message, "%s", original);
  CHECK(strlen(message) == MAX_MESSAGE - 1);
}
