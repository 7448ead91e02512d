/* The processes of a resource, whoever started them: an earlier host may have died and left them behind. */
#ifndef LEFTOVERS_H
#define LEFTOVERS_H

#include <stddef.h>

/* Sends a signal to each process that has ANDON_RESOURCE=`resource` in its environment and was started under this daemon;
 * 0 sends none. Returns how many there are. Without /proc, which is to say not on Linux, it finds none. */
size_t signal_leftovers(const char *resource, int signal_number);

#endif
