/* The loop around poll(2): descriptors, timers, children and signals, in one thread. */
#ifndef ANDON_LOOP_H
#define ANDON_LOOP_H

#include "../andon.h"

/* To be called once, before anything else here. `on_stop` is called for each SIGTERM and SIGINT. */
void loop_start(void (*on_stop)(void));
/* Until loop_stop() was called. */
void loop_run(void);
void loop_stop(void);
uint64_t loop_now_ms(void);

#endif
