#include "json.h"

#include <string.h>

static void write_elements(text *to, const andon_json *parent) {
  for (const andon_json *element = parent->first; element; element = element->next) {
    if (element->key) {
      text_append_json(to, element->key, strlen(element->key));
      text_append(to, ":", 1);
    }
    json_write(to, element);
    if (element->next) text_append(to, ",", 1);
  }
}

void json_write(text *to, const andon_json *value) {
  switch (value->kind) {
    case JSON_NULL: text_append(to, "null", 4); break;
    case JSON_FALSE: text_append(to, "false", 5); break;
    case JSON_TRUE: text_append(to, "true", 4); break;
    case JSON_NUMBER: text_append(to, value->string, value->length); break;
    case JSON_STRING: text_append_json(to, value->string, value->length); break;
    case JSON_ARRAY:
      text_append(to, "[", 1);
      write_elements(to, value);
      text_append(to, "]", 1);
      break;
    case JSON_OBJECT:
      text_append(to, "{", 1);
      write_elements(to, value);
      text_append(to, "}", 1);
  }
}

andon_json *json_copy(const andon_json *value) {
  text written = {0};
  if (value) json_write(&written, value);
  else text_append(&written, "{}", 2);
  andon_json *copy = json_read(written.bytes, written.length);
  text_free(&written);
  return copy;
}

bool json_is(const andon_json *value, json_kind kind) { return value && value->kind == kind; }

bool json_integer(const andon_json *value, uint64_t least, uint64_t most, uint64_t *integer) {
  if (!json_is(value, JSON_NUMBER) || !(value->number >= (double)least && value->number <= (double)most)) return false;
  *integer = (uint64_t)value->number;
  return (double)*integer == value->number;
}

/* Of two members of one name the last counts, as for everybody else who reads JSON. */
const andon_json *andon_json_member(const andon_json *object, const char *name) {
  const andon_json *found = NULL;
  if (!json_is(object, JSON_OBJECT)) return NULL;
  for (const andon_json *member = object->first; member; member = member->next) {
    if (strcmp(member->key, name) == 0) found = member;
  }
  return found;
}

const andon_json *andon_json_first(const andon_json *array) { return array ? array->first : NULL; }
const andon_json *andon_json_next(const andon_json *element) { return element ? element->next : NULL; }
const char *andon_json_key(const andon_json *member) { return member ? member->key : NULL; }

const char *andon_json_text(const andon_json *value, const char *otherwise) {
  return json_is(value, JSON_STRING) ? value->string : otherwise;
}

double andon_json_number(const andon_json *value, double otherwise) {
  return json_is(value, JSON_NUMBER) ? value->number : otherwise;
}

bool andon_json_bool(const andon_json *value, bool otherwise) {
  return json_is(value, JSON_TRUE) || (!json_is(value, JSON_FALSE) && otherwise);
}
