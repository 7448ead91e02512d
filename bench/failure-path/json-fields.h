/* Finds fields in the JSON that the daemon sends. No general parser: it trusts that a frame is valid JSON, which the
 * daemon guarantees, and it leaves values as they are written. That is enough for a host, because every string it
 * compares or sends back (ids, method names, failure records) has a grammar without escapes. */
#ifndef JSON_FIELDS_H
#define JSON_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct {
  const char *start;
  size_t length; /* 0 = the field is not there */
} span;

static const char *skip_space(const char *at, const char *end) {
  while (at < end && strchr(" \t\r\n", *at)) at++;
  return at;
}

/* `at` is on the opening quote; the result is behind the closing one. */
static const char *skip_string(const char *at, const char *end) {
  for (at++; at < end && *at != '"'; at++) {
    if (*at == '\\') at++;
  }
  return at < end ? at + 1 : end;
}

static const char *skip_value(const char *at, const char *end) {
  int depth = 0;
  while (at < end) {
    if (*at == '"') {
      at = skip_string(at, end);
      if (depth == 0) return at;
      continue;
    }
    if (*at == '{' || *at == '[') depth++;
    else if (depth == 0 && strchr(",}] \t\r\n", *at)) return at; /* the end of a number, true, false or null */
    else if ((*at == '}' || *at == ']') && --depth == 0) return at + 1;
    at++;
  }
  return end;
}

static bool span_is(span text, const char *expected) {
  return text.length == strlen(expected) && memcmp(text.start, expected, text.length) == 0;
}

/* What a string says, without its quotes. */
static span unquoted(span value) {
  if (value.length < 2 || value.start[0] != '"') return (span){0};
  return (span){value.start + 1, value.length - 2};
}

/* The value of one field of this object itself; fields of nested objects are passed over. */
static span json_field(span object, const char *name) {
  const char *end = object.start + object.length;
  const char *at = object.length > 0 ? object.start + 1 : end;
  while ((at = skip_space(at, end)) < end && *at == '"') {
    const char *key_end = skip_string(at, end);
    span key = {at, (size_t)(key_end - at)};
    at = skip_space(key_end, end);
    at = skip_space(at < end ? at + 1 : end, end); /* the colon */
    span value = {at, (size_t)(skip_value(at, end) - at)};
    if (span_is(unquoted(key), name)) return value;
    at = skip_space(value.start + value.length, end);
    if (at < end && *at == ',') at++;
  }
  return (span){0};
}

static span json_text(span object, const char *name) { return unquoted(json_field(object, name)); }

#endif
