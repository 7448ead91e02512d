/* What this host asks of the daemon, and tells it. */
#ifndef ANDON_REQUEST_H
#define ANDON_REQUEST_H

#include "resource.h"

/* The next status report of a pended operation; `members` of its params, such as `"state":"online"`. */
void report_status(andon_resource *resource, andon_call *call, const char *members);
void forget_reports(andon_resource *resource);
void send_properties(andon_resource *resource);
/* A response frame of the daemon. */
void handle_response(const andon_json *data);
/* After a welcome: tells again what nobody answered. */
void repeat_requests(void);
/* The connection broke. */
void requests_lost(void);

#endif
