/* JSON as RFC 8259 has it: read into a tree that is one piece of memory, and written again. */
#ifndef ANDON_JSON_H
#define ANDON_JSON_H

#include "text.h"

typedef enum { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT } json_kind;

struct andon_json {
  json_kind kind;
  const char *key;    /* of a member of an object; else NULL */
  const char *string; /* what a string says; the digits of a number */
  size_t length;      /* of `string`, which may hold NULs of its own */
  double number;
  andon_json *first, *last, *next; /* elements or members, in order */
};

/* Deeper nesting is refused: nobody means it, and the stack has an end. */
enum { JSON_MAX_DEPTH = 512 };

/* NULL: it is no JSON. The root is the memory of all of it: free(3) it. */
andon_json *json_read(const char *bytes, size_t length);
void json_write(text *to, const andon_json *value);
andon_json *json_copy(const andon_json *value); /* of NULL: an empty object */

bool json_is(const andon_json *value, json_kind kind); /* false for NULL */
/* An integer from `least` to `most`; false = it is none. Exact, since both are below 2^53. */
bool json_integer(const andon_json *value, uint64_t least, uint64_t most, uint64_t *integer);

#endif
