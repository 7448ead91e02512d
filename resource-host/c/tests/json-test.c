#define _XOPEN_SOURCE 700

#include "../src/json.h"
#include "test.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MUTATIONS_OF_EACH = 200, SEED = 20 };

static bool is_json(const char *bytes, size_t length) {
  andon_json *value = json_read(bytes, length);
  free(value);
  return value != NULL;
}

/* Whether `json` reads, and is written as `expected`. */
static bool becomes(const char *json, const char *expected) {
  andon_json *value = json_read(json, strlen(json));
  if (!value) return false;
  text written = {0};
  json_write(&written, value);
  bool is_same = strcmp(written.bytes, expected) == 0;
  text_free(&written);
  free(value);
  return is_same;
}

static void test_accepted(void) {
  CHECK(becomes(" [ 1 , -0.5e+3 , true , false , null , { } , [ ] ] ", "[1,-0.5e+3,true,false,null,{},[]]"));
  CHECK(becomes("{\"a\":{\"b\":[\"c\"]},\"d\":9007199254740991}", "{\"a\":{\"b\":[\"c\"]},\"d\":9007199254740991}"));
  CHECK(becomes("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\"", "\"\\\"\\\\/\\u0008\\u000c\\u000a\\u000d\\u0009A\""));
  CHECK(becomes("\"\\u00e9\\u20ac\\ud83d\\ude00\"", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""));
  CHECK(becomes("\"\\ud83d\\u0041\\ude00\"", "\"\xef\xbf\xbd"
                                              "A\xef\xbf\xbd\""));
  CHECK(becomes("\"a\\u0000b\"", "\"a\\u0000b\""));
  CHECK(becomes("7", "7"));
}

static void test_refused(void) {
  static const char *const refused[] = {"", " ", "{", "[1,]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "01", "-", "1.", ".5",
                                        "1e", "+1", "nul", "truee", "\"", "\"\\x\"", "\"\\u12\"", "\"\n\"", "'a'", "1 2", "[1}",
                                        "\"\xff\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\xef\xbb\xbf{}",
                                        "NaN", "Infinity", "[,]", "{\"a\":1 \"b\":2}", "//", "\"\\ud83d\\u00\""};
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) CHECK(!is_json(refused[i], strlen(refused[i])));
  CHECK(!is_json("[\0]", 3));
}

static void test_depth(void) {
  char nested[2 * (JSON_MAX_DEPTH + 1)];
  memset(nested, '[', JSON_MAX_DEPTH + 1);
  memset(nested + JSON_MAX_DEPTH + 1, ']', JSON_MAX_DEPTH + 1);
  CHECK(!is_json(nested, sizeof nested));
  CHECK(is_json(nested + 1, sizeof nested - 2));
  CHECK(!is_json(nested, JSON_MAX_DEPTH));
}

static void test_access(void) {
  static const char json[] = "{\"a\":1,\"text\":\"x\",\"yes\":true,\"list\":[1,2],\"a\":4294967295,\"half\":0.5,\"big\":1e300}";
  andon_json *root = json_read(json, strlen(json));
  uint64_t integer = 0;
  CHECK(json_integer(andon_json_member(root, "a"), 1, UINT32_MAX, &integer) && integer == UINT32_MAX);
  CHECK(!json_integer(andon_json_member(root, "a"), 1, UINT32_MAX - 1, &integer));
  CHECK(!json_integer(andon_json_member(root, "half"), 0, 10, &integer));
  CHECK(!json_integer(andon_json_member(root, "big"), 0, 10, &integer));
  CHECK(strcmp(andon_json_text(andon_json_member(root, "text"), "?"), "x") == 0);
  CHECK(strcmp(andon_json_text(andon_json_member(root, "a"), "?"), "?") == 0);
  CHECK(andon_json_bool(andon_json_member(root, "yes"), false) && !andon_json_bool(andon_json_member(root, "text"), false));
  const andon_json *first = andon_json_first(andon_json_member(root, "list"));
  CHECK(andon_json_number(first, 0) == 1 && andon_json_number(andon_json_next(first), 0) == 2);
  CHECK(!andon_json_next(andon_json_next(first)) && !andon_json_member(first, "a") && !andon_json_member(NULL, "a"));
  CHECK(strcmp(andon_json_key(andon_json_first(root)), "a") == 0);
  free(root);
}

void test_json(void) {
  test_accepted();
  test_refused();
  test_depth();
  test_access();
}

/* What is read and written again, read and written once more, is the same. */
static bool survives(const char *bytes, size_t length) {
  andon_json *value = json_read(bytes, length);
  if (!value) return false;
  text once = {0}, twice = {0};
  json_write(&once, value);
  andon_json *again = json_read(once.bytes, once.length);
  if (again) json_write(&twice, again);
  bool is_same = again && once.length == twice.length && memcmp(once.bytes, twice.bytes, once.length) == 0;
  text_free(&once);
  text_free(&twice);
  free(value);
  free(again);
  return is_same;
}

/* In memory of exactly its length, so that a reader that goes too far is caught. */
static void read_mutation(const char *original, size_t length) {
  size_t kept = (size_t)random() % (length + 1);
  char *mutated = malloc(kept > 0 ? kept : 1);
  memcpy(mutated, original, kept);
  static const char interesting[] = "\"\\{}[],:u0-9eE.\xc3\xf0\x80\xff tfn";
  for (long count = random() % 4; count >= 0 && kept > 0; count--) {
    size_t at = (size_t)random() % kept;
    mutated[at] = random() % 2 ? (char)random() : interesting[(size_t)random() % (sizeof interesting - 1)];
  }
  andon_json *value = json_read(mutated, kept);
  CHECK(!value || survives(mutated, kept));
  free(value);
  free(mutated);
}

static size_t examples;

static int test_example(const char *path, const struct stat *status, int kind, struct FTW *place) {
  (void)place;
  if (kind != FTW_F || strcmp(path + strlen(path) - 5, ".json") != 0) return 0;
  size_t size = (size_t)status->st_size;
  char *bytes = malloc(size + 1);
  FILE *file = fopen(path, "r");
  CHECK(file && fread(bytes, 1, size, file) == size && survives(bytes, size));
  for (int i = 0; i < MUTATIONS_OF_EACH; i++) read_mutation(bytes, size);
  if (file) fclose(file);
  free(bytes);
  examples++;
  return 0;
}

void test_json_examples(const char *folder) {
  srandom(SEED);
  CHECK(nftw(folder, test_example, 16, FTW_PHYS) == 0);
  CHECK(examples > 50);
}
