/* The host as a whole: who it is, whether there is a daemon, and when it ends. */
#ifndef ANDON_HOST_H
#define ANDON_HOST_H

#include "call.h"

/* Calls about a type; those about a resource are with it. */
extern andon_call *host_calls;

/* NULL = this host has no such type. */
const andon_type *find_type(const char *name);
bool host_is_ending(void);
/* To be called when a call has ended: a host that ends takes its next resource offline. */
void host_goes_on(void);

#endif
