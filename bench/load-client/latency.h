#ifndef LATENCY_H
#define LATENCY_H

#include <stdint.h>

// A histogram in steps of 0.1 µs up to 0.4 s: recording is one increment, so that the client
// costs next to nothing for each message and keeps no list of them.
struct latency {
  uint32_t *counts;
  uint64_t total;
  uint64_t longest;  // ns
};

uint64_t now_ns(void);

struct latency latency_new(void);
void latency_reset(struct latency *latency);
void latency_record(struct latency *latency, uint64_t ns);

// The time in µs that the given share (0.5, 0.99) of the messages stayed under.
double latency_quantile(const struct latency *latency, double share);

#endif
