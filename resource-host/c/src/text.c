#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void out_of_memory(size_t size) {
  fprintf(stderr, "andon host: there is no memory for %zu bytes\n", size);
  exit(1);
}

void *new_memory(size_t size) {
  void *memory = calloc(1, size);
  if (!memory) out_of_memory(size);
  return memory;
}

char *copy_text(const char *original) {
  size_t size = strlen(original) + 1;
  return memcpy(new_memory(size), original, size);
}

static void make_room(text *it, size_t more) {
  size_t needed = it->length + more + 1;
  if (needed <= it->capacity) return;
  size_t capacity = it->capacity * 2 > needed ? it->capacity * 2 : needed;
  char *bytes = realloc(it->bytes, capacity);
  if (!bytes) out_of_memory(capacity);
  it->bytes = bytes;
  it->capacity = capacity;
}

void text_append(text *to, const char *bytes, size_t length) {
  make_room(to, length);
  if (length > 0) memcpy(to->bytes + to->length, bytes, length);
  to->length += length;
  to->bytes[to->length] = '\0';
}

void text_format(text *to, const char *format, ...) {
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  int length = vsnprintf(NULL, 0, format, arguments);
  if (length > 0) {
    make_room(to, (size_t)length);
    vsnprintf(to->bytes + to->length, (size_t)length + 1, format, again);
    to->length += (size_t)length;
  }
  va_end(again);
  va_end(arguments);
}

void text_drop(text *from, size_t length) {
  if (length == 0) return;
  memmove(from->bytes, from->bytes + length, from->length - length + 1);
  from->length -= length;
}

void text_free(text *it) {
  free(it->bytes);
  *it = (text){0};
}

/* RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
size_t utf8_length(const char *bytes, size_t available) {
  const unsigned char *at = (const unsigned char *)bytes;
  if (available == 0) return 0;
  if (at[0] < 0x80) return 1;
  size_t length = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
  if (at[0] < 0xc2 || at[0] > 0xf4 || available < length) return 0;
  unsigned char lowest = at[0] == 0xe0 ? 0xa0 : at[0] == 0xf0 ? 0x90 : 0x80;
  unsigned char highest = at[0] == 0xed ? 0x9f : at[0] == 0xf4 ? 0x8f : 0xbf;
  if (at[1] < lowest || at[1] > highest) return 0;
  for (size_t i = 2; i < length; i++) {
    if (at[i] < 0x80 || at[i] > 0xbf) return 0;
  }
  return length;
}

size_t utf8_cut(const char *original, size_t limit) {
  size_t length = strlen(original);
  if (length <= limit) return length;
  length = limit;
  while (length > 0 && ((unsigned char)original[length] & 0xc0) == 0x80) length--;
  return length;
}

static void append_json_character(text *to, const char *at, size_t length) {
  if (length == 0) text_append(to, "\xef\xbf\xbd", 3);
  else if (*at == '"' || *at == '\\') text_format(to, "\\%c", *at);
  else if ((unsigned char)*at < 0x20) text_format(to, "\\u%04x", (unsigned)*at);
  else text_append(to, at, length);
}

void text_append_json(text *to, const char *bytes, size_t length) {
  text_append(to, "\"", 1);
  for (size_t i = 0; i < length;) {
    size_t character = utf8_length(bytes + i, length - i);
    append_json_character(to, bytes + i, character);
    i += character > 0 ? character : 1;
  }
  text_append(to, "\"", 1);
}

void format_message(char message[MAX_MESSAGE + 1], const char *format, va_list arguments) {
  char whole[MAX_MESSAGE + 8]; /* one character longer, so that a cut one is seen */
  if (vsnprintf(whole, sizeof whole, format, arguments) < 0) whole[0] = '\0';
  size_t length = utf8_cut(whole, MAX_MESSAGE);
  memcpy(message, whole, length);
  message[length] = '\0';
}
