#include "json.h"

#include <stdlib.h>
#include <string.h>

/* Nodes and texts lie behind each other in one allocation, whose size is known before the first value is read: every
 * value but the first follows a `,`, `[` or `{`, and no text grows when it is decoded and gets its NUL. */
typedef struct {
  const char *at, *end;
  andon_json *next_node;
  char *next_text;
} reader;

static bool read_value(reader *from, andon_json *value, int depth);

static void skip_blanks(reader *from) {
  while (from->at < from->end && (*from->at == ' ' || *from->at == '\t' || *from->at == '\n' || *from->at == '\r')) from->at++;
}

static bool take(reader *from, char expected) {
  skip_blanks(from);
  if (from->at == from->end || *from->at != expected) return false;
  from->at++;
  return true;
}

static bool take_word(reader *from, const char *word) {
  size_t length = strlen(word);
  if ((size_t)(from->end - from->at) < length || memcmp(from->at, word, length) != 0) return false;
  from->at += length;
  return true;
}

static void put_character(reader *to, uint32_t code) {
  if (code < 0x80) {
    *to->next_text++ = (char)code;
    return;
  }
  int following = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  static const unsigned char mark[] = {0, 0xc0, 0xe0, 0xf0};
  *to->next_text++ = (char)(mark[following] | (code >> (6 * following)));
  while (following-- > 0) *to->next_text++ = (char)(0x80 | ((code >> (6 * following)) & 0x3f));
}

static bool read_hex(reader *from, uint32_t *code) {
  *code = 0;
  if (from->end - from->at < 4) return false;
  for (int i = 0; i < 4; i++) {
    char digit = *from->at++;
    uint32_t value;
    if (digit >= '0' && digit <= '9') value = (uint32_t)(digit - '0');
    else if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f') value = (uint32_t)((digit | 0x20) - 'a' + 10);
    else return false;
    *code = *code << 4 | value;
  }
  return true;
}

/* Behind `\u`. Half a surrogate pair names no character: it becomes U+FFFD. */
static bool read_unicode_escape(reader *from) {
  uint32_t code, low;
  if (!read_hex(from, &code)) return false;
  if (code >= 0xd800 && code <= 0xdbff && take_word(from, "\\u")) {
    const char *second = from->at;
    if (!read_hex(from, &low)) return false;
    if (low >= 0xdc00 && low <= 0xdfff) code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    else from->at = second - 2; /* an escape of its own */
  }
  put_character(from, code >= 0xd800 && code <= 0xdfff ? 0xfffd : code);
  return true;
}

static bool read_escape(reader *from) {
  static const char names[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
  if (from->at == from->end) return false;
  char name = *from->at++;
  if (name == 'u') return read_unicode_escape(from);
  const char *known = name == '\0' ? NULL : strchr(names, name);
  if (!known) return false;
  *from->next_text++ = meanings[known - names];
  return true;
}

static bool read_string(reader *from, const char **string, size_t *length) {
  if (!take(from, '"')) return false;
  char *start = from->next_text;
  while (from->at < from->end && *from->at != '"') {
    if (*from->at == '\\') {
      from->at++;
      if (!read_escape(from)) return false;
      continue;
    }
    size_t bytes = utf8_length(from->at, (size_t)(from->end - from->at));
    if (bytes == 0 || (unsigned char)*from->at < 0x20) return false;
    memcpy(from->next_text, from->at, bytes);
    from->next_text += bytes;
    from->at += bytes;
  }
  if (from->at == from->end) return false;
  from->at++;
  *string = start;
  *length = (size_t)(from->next_text - start);
  *from->next_text++ = '\0';
  return true;
}

static bool take_digits(reader *from) {
  const char *start = from->at;
  while (from->at < from->end && *from->at >= '0' && *from->at <= '9') from->at++;
  return from->at > start;
}

static bool read_number(reader *from, andon_json *value) {
  const char *start = from->at;
  take_word(from, "-");
  bool is_zero = take_word(from, "0");
  if (!is_zero && !take_digits(from)) return false;
  if (take_word(from, ".") && !take_digits(from)) return false;
  if (take_word(from, "e") || take_word(from, "E")) {
    if (!take_word(from, "+")) take_word(from, "-");
    if (!take_digits(from)) return false;
  }
  value->kind = JSON_NUMBER;
  value->length = (size_t)(from->at - start);
  value->string = memcpy(from->next_text, start, value->length);
  from->next_text[value->length] = '\0';
  from->next_text += value->length + 1;
  value->number = strtod(value->string, NULL);
  return true;
}

static bool read_elements(reader *from, andon_json *parent, int depth) {
  char end = parent->kind == JSON_OBJECT ? '}' : ']';
  size_t key_length;
  from->at++;
  if (take(from, end)) return true;
  do {
    andon_json *element = from->next_node++;
    skip_blanks(from);
    if (parent->kind == JSON_OBJECT && !(read_string(from, &element->key, &key_length) && take(from, ':'))) return false;
    if (!read_value(from, element, depth + 1)) return false;
    if (parent->last) parent->last->next = element;
    else parent->first = element;
    parent->last = element;
  } while (take(from, ','));
  return take(from, end);
}

static bool read_value(reader *from, andon_json *value, int depth) {
  skip_blanks(from);
  if (from->at == from->end || depth > JSON_MAX_DEPTH) return false;
  switch (*from->at) {
    case '{': value->kind = JSON_OBJECT; return read_elements(from, value, depth);
    case '[': value->kind = JSON_ARRAY; return read_elements(from, value, depth);
    case '"': value->kind = JSON_STRING; return read_string(from, &value->string, &value->length);
    case 't': value->kind = JSON_TRUE; return take_word(from, "true");
    case 'f': value->kind = JSON_FALSE; return take_word(from, "false");
    case 'n': value->kind = JSON_NULL; return take_word(from, "null");
    default: return read_number(from, value);
  }
}

andon_json *json_read(const char *bytes, size_t length) {
  size_t nodes = 1;
  for (size_t i = 0; i < length; i++) nodes += bytes[i] == ',' || bytes[i] == '[' || bytes[i] == '{';
  andon_json *root = new_memory(nodes * sizeof *root + length + 1);
  reader from = {.at = bytes, .end = bytes + length, .next_node = root + 1, .next_text = (char *)(root + nodes)};
  bool is_json = read_value(&from, root, 1);
  skip_blanks(&from);
  if (is_json && from.at == from.end) return root;
  free(root);
  return NULL;
}
