#ifndef CONNECTION_H
#define CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "options.h"
#include "stream.h"

enum phase { PHASE_CONNECTING, PHASE_SHAKING, PHASE_OPEN };

// One connection: what it has still to send, and which messages wait for their echo.
struct connection {
  struct stream stream;
  enum phase phase;
  uint32_t interest;  // the epoll events that are set
  uint64_t dialled_at;
  uint64_t sent, received;  // bytes since the connection was opened
  size_t unsent;            // bytes of asked messages that the socket has not taken yet
  size_t part;              // bytes of the oldest unanswered message that are back
  uint64_t asked_at[MAX_DEPTH];
  int oldest, outstanding;
};

// Makes the bytes to send: a pattern in which each place in the stream has its own byte, so that
// lost, doubled or reordered bytes do not compare equal.
void pattern_setup(size_t size, size_t inbox);

void connection_reset(struct connection *connection, uint64_t now);
void connection_ask(struct connection *connection, size_t size, uint64_t now);

// Sends what the socket takes. 1: all is sent; or STREAM_LATER, STREAM_FAILED.
int connection_flush(struct connection *connection, size_t size);

// Takes in bytes. False when they are not what was sent: too many, or (if compared) others.
bool connection_receive(struct connection *connection, const char *bytes, size_t count, bool compare,
                        size_t size);

// If a whole message is back, takes it off and tells when it was asked.
bool connection_answered(struct connection *connection, size_t size, uint64_t *asked_at);

#endif
