/* The requests of the daemon: which method they name, and whether their parameters have the form that it wants. */
#ifndef ANDON_DISPATCH_H
#define ANDON_DISPATCH_H

#include "json.h"

void handle_request(const andon_json *data);
/* The notifications `cancel` and `recordDismissed`; others are ignored. */
void handle_notify(const andon_json *data);
/* The daemon that asked is gone, so nobody waits for a check or a control any more. */
void cancel_unanswerable(void);

#endif
