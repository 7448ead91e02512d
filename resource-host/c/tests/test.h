/* A test program in one process: each check that fails is told with its place, and the program then exits with 1. */
#ifndef TEST_H
#define TEST_H

#include <stdbool.h>
#include <stddef.h>

#define CHECK(condition) check((condition), #condition, __FILE__, __LINE__)
void check(bool holds, const char *what, const char *file, int line);

void test_text(void);
void test_json(void);
void test_json_examples(const char *folder);
void test_record(void);
void test_event_handle(void);
void test_frames(void);
void test_loop(void);

#endif
