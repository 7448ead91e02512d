/* Memory and text. */
#ifndef ANDON_TEXT_H
#define ANDON_TEXT_H

#include "../andon.h"

#include <stdarg.h>

/* Never NULL, and zeroed: without memory the process ends with a message. */
void *new_memory(size_t size);
char *copy_text(const char *text);

/* A text that grows. `bytes` is NULL as long as nothing was appended, and ends with a NUL afterwards. */
typedef struct {
  char *bytes;
  size_t length, capacity;
} text;

void text_append(text *to, const char *bytes, size_t length);
void text_format(text *to, const char *format, ...) ANDON_PRINTF(2, 3);
/* As a JSON string with its quotes; what is not UTF-8 becomes U+FFFD. */
void text_append_json(text *to, const char *bytes, size_t length);
/* Takes bytes off the front. */
void text_drop(text *from, size_t length);
void text_free(text *it);

/* Bytes of the character at `bytes`; 0 = no UTF-8. */
size_t utf8_length(const char *bytes, size_t available);
/* The longest beginning of whole characters that has at most `limit` bytes. */
size_t utf8_cut(const char *text, size_t limit);

enum { MAX_MESSAGE = 1024 };
/* Prints into `message`, cut at a character boundary. */
void format_message(char message[MAX_MESSAGE + 1], const char *format, va_list arguments);

#endif
