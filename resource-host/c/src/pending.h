/* Online and offline that take long: they are answered `pending`, and status reports tell the rest. */
#ifndef ANDON_PENDING_H
#define ANDON_PENDING_H

#include "call.h"

/* It goes on after its entry point has returned: if it does not end soon, it is answered `pending`. */
void pend_soon(andon_call *call);
/* The last report of an operation that was answered so. */
void report_end(andon_call *call);
/* What an online answers, as further members of its result or report. */
void write_contract(text *to, const andon_call *call);

#endif
