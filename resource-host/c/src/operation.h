/* What calls do to a resource: online, offline and terminate, and the end of every call. */
#ifndef ANDON_OPERATION_H
#define ANDON_OPERATION_H

#include "resource.h"

void begin_online(andon_resource *resource, const char *id, const andon_json *params);
void begin_offline(andon_resource *resource, const char *id, const andon_json *params);
void begin_terminate(andon_resource *resource, const char *id, const andon_json *params);
/* A request that was sent before, under the same id, is answered without acting again. False = it is a new one. */
bool answer_repeated(andon_resource *resource, call_method method, const char *id);
/* It is finished: answers it, and frees it. */
void end_call(andon_call *call);
/* The host ends or has no daemon: the same without a request. */
void abandon(andon_resource *resource, call_method method);

#endif
