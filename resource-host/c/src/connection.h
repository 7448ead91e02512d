/* The connection to the daemon: it is made again for ever, and frames come and go through it. */
#ifndef ANDON_CONNECTION_H
#define ANDON_CONNECTION_H

#include "json.h"

enum { FRAME_END = '\f', MAX_FRAME_BYTES = 1048576, MAX_NOTIFY_BACKLOG_BYTES = MAX_FRAME_BYTES };

typedef struct {
  void (*connected)(void);                                 /* say hello now */
  void (*frame)(const char *type, const andon_json *data); /* `data` ends with this call */
  void (*lost)(bool was_welcome);
} connection_listener;

void connection_start(const char *socket_path, connection_listener listener);
/* No further attempt; what is still to be sent is lost. */
void connection_stop(void);
/* The welcome came: requests may be sent from here on. */
void connection_welcomed(void);
bool connection_is_welcomed(void);
/* Closes it and connects again: the daemon said goodbye. */
void connection_retry(const char *why);
/* Number of this connection, from 1; 0 = there is none. Answers are owed to one connection. */
uint64_t connection_number(void);
size_t connection_backlog(void); /* bytes that the daemon has not taken yet */

/* Sends the frame {"type":TYPE,"data":DATA}. Without a connection it is lost. */
void connection_send(const char *type, const text *data);

/* Takes whole frames off the front of `received`. False = the frame that begins there is longer than any may be. */
bool take_frames(text *received, size_t *searched, void (*take)(const char *frame, size_t length));

#endif
