#ifndef TRAFFIC_H
#define TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>

#include "connection.h"
#include "latency.h"
#include "options.h"

enum stage { STAGE_SETUP, STAGE_WARM_UP, STAGE_MEASURE, STAGE_DRAIN, STAGE_DONE };

// All connections of one run, and what has been counted on them.
struct traffic {
  struct options options;
  enum stage stage;
  struct latency latency;
  struct connection *connections;
  int epoll;
  int dialled;        // connections that were ever started (each slot once)
  int ready;          // connections that are open now
  uint64_t dials;     // attempts, with the repeated ones
  uint64_t messages;  // echoed while measuring; idle: ever
  uint64_t failures;
};

void die(const char *what);

struct traffic traffic_new(struct options options);
void traffic_dial_next(struct traffic *traffic);

// All connections are open: from now on messages are under way on them without a pause.
void traffic_start(struct traffic *traffic);

// Waits for events, at most 10 ms, and serves them. While `holding`, nothing should stir: a
// connection that does has been closed by the server.
void traffic_turn(struct traffic *traffic, bool holding);

// Whether nothing is under way any more.
bool traffic_settled(const struct traffic *traffic);

#endif
