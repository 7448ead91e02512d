#include "resource.h"
#include "request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static andon_resource *resources;

andon_resource *first_resource(void) { return resources; }

andon_resource *find_resource(const char *name) {
  andon_resource *resource = resources;
  while (resource && strcmp(resource->name, name) != 0) resource = resource->next;
  return resource;
}

andon_resource *new_resource(const char *name, const andon_type *type, const andon_json *properties) {
  andon_resource *resource = new_memory(sizeof *resource);
  snprintf(resource->name, sizeof resource->name, "%s", name);
  resource->type = type;
  resource->properties = json_copy(properties);
  resource->next = resources;
  resources = resource;
  return resource;
}

void free_resource(andon_resource *resource) {
  andon_resource **at = &resources;
  while (*at != resource) at = &(*at)->next;
  *at = resource->next;
  event_handle_forget(&resource->record);
  while (resource->calls) free_call(&resource->calls, resource->calls);
  for (int i = 0; i < REMEMBERED_CALLS; i++) text_free(&resource->remembered[i].response);
  text_free(&resource->reports.sent);
  text_free(&resource->reports.waiting);
  free(resource->status_text);
  free(resource->properties);
  free(resource);
}

const char *state_of(const andon_resource *resource) {
  static const char *const names[] = {"Offline", "OnlinePending", "Online", "OfflinePending", "Failed", "Failed"};
  return names[resource->phase];
}

void describe_resource(text *to, const andon_resource *resource) {
  text_append(to, "{\"id\":", 6);
  text_append_json(to, resource->name, strlen(resource->name));
  text_format(to, ",\"incarnation\":%u,\"state\":\"%s\"", (unsigned)resource->incarnation, state_of(resource));
  if (resource->failed) text_format(to, ",\"failed\":true");
  if (resource->last_operation[0] != '\0') {
    text_format(to, ",\"lastOp\":{\"id\":");
    text_append_json(to, resource->last_operation, strlen(resource->last_operation));
    text_format(to, ",\"ok\":%s}", resource->last_operation_ok ? "true" : "false");
  }
  if (resource->phase == ONLINE && resource->contract) text_format(to, ",\"contract\":\"%s\"", resource->contract);
  text_append(to, "}", 1);
}

const char *andon_name(const andon_resource *resource) { return resource->name; }
uint32_t andon_incarnation(const andon_resource *resource) { return resource->incarnation; }
const andon_json *andon_properties(const andon_resource *resource) { return resource->properties; }
void *andon_state(const andon_resource *resource) { return resource->state; }
void andon_set_state(andon_resource *resource, void *state) { resource->state = state; }

void andon_fail(andon_resource *resource, const char *reason, ...) {
  bool can_fail = resource->phase == ONLINE || resource->phase == ONLINE_PENDING;
  if (!can_fail || resource->failed) return;
  char message[MAX_MESSAGE + 1], beginning[MAX_NAME + 16];
  va_list arguments;
  va_start(arguments, reason);
  format_message(message, reason, arguments);
  va_end(arguments);
  snprintf(beginning, sizeof beginning, "%s@%u", resource->name, (unsigned)resource->incarnation);
  resource->record.length = format_record(resource->record.line, beginning, message);
  resource->failed = true;
  if (resource->phase == ONLINE) resource->phase = FAILED;
  event_handle_report(&resource->record);
}

void dismiss_record(andon_resource *resource, uint32_t incarnation) {
  if (resource->incarnation != incarnation || !resource->failed) return;
  event_handle_forget(&resource->record);
  resource->failed = false;
  if (resource->phase == FAILED) resource->phase = ONLINE;
}

void andon_set_properties(andon_resource *resource, const andon_values *values) {
  if (values->status_text) {
    free(resource->status_text);
    resource->status_text = copy_text(values->status_text);
  }
  const double *data[] = {values->data1, values->data2};
  for (int i = 0; i < 2; i++) {
    if (!data[i]) continue;
    resource->has_data[i] = true;
    resource->data[i] = *data[i];
  }
  send_properties(resource);
}
