/* The instances of the host, and what its calls change about them. */
#ifndef INSTANCES_H
#define INSTANCES_H

#include "connection.h"

enum { MAX_INSTANCES = 16384, MAX_NAME = 128, MAX_RECORD = 512 };

typedef struct {
  char name[MAX_NAME + 1];
  char record[MAX_RECORD + 1]; /* the failure record of the current incarnation, newline included */
  size_t record_length;
  bool is_online;
} instance;

static instance instances[MAX_INSTANCES];
static size_t instance_count, online_count;

static instance *find_instance(span name) {
  for (size_t i = 0; i < instance_count; i++) {
    if (span_is(name, instances[i].name)) return &instances[i];
  }
  return NULL;
}

static void set_online(instance *it, bool is_online) {
  if (it->is_online != is_online) online_count += is_online ? 1 : (size_t)-1;
  it->is_online = is_online;
}

static void open_instance(span name) {
  if (find_instance(name)) return;
  if (instance_count == MAX_INSTANCES || name.length > MAX_NAME) die("too many instances, or a name is too long");
  instance *it = &instances[instance_count++];
  *it = (instance){0};
  memcpy(it->name, name.start, name.length);
}

/* The last instance takes the place of the closed one. */
static void close_instance(instance *it) {
  set_online(it, false);
  *it = instances[--instance_count];
}

static void bring_online(instance *it, span record) {
  if (record.length == 0 || record.length >= MAX_RECORD) die("online without a usable failureRecord");
  memcpy(it->record, record.start, record.length);
  it->record[record.length] = '\n';
  it->record_length = record.length + 1;
  set_online(it, true);
}

#endif
