#include "latency.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STEP_NS 100
#define STEPS 4000000

uint64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

struct latency latency_new(void) {
  struct latency latency = {.counts = calloc(STEPS, sizeof(uint32_t))};
  if (latency.counts == NULL) abort();
  return latency;
}

void latency_reset(struct latency *latency) {
  memset(latency->counts, 0, STEPS * sizeof(uint32_t));
  latency->total = 0;
  latency->longest = 0;
}

void latency_record(struct latency *latency, uint64_t ns) {
  uint64_t step = ns / STEP_NS;
  latency->counts[step < STEPS ? step : STEPS - 1]++;
  latency->total++;
  if (ns > latency->longest) latency->longest = ns;
}

double latency_quantile(const struct latency *latency, double share) {
  uint64_t wanted = (uint64_t)(share * (double)latency->total);
  uint64_t seen = 0;
  for (int step = 0; step < STEPS; step++) {
    seen += latency->counts[step];
    if (seen > wanted) return step * (STEP_NS / 1000.0);
  }
  return 0;
}
