#include "connection.h"

#include <stdlib.h>
#include <string.h>

// A prime: no power of two that a buffer might be mixed up by is a multiple of it.
#define PATTERN_PERIOD 251

static char *pattern;

void pattern_setup(size_t size, size_t inbox) {
  size_t length = (size > inbox ? size : inbox) + PATTERN_PERIOD;
  pattern = malloc(length);
  if (pattern == NULL) abort();
  for (size_t i = 0; i < length; i++) pattern[i] = (char)(i % PATTERN_PERIOD);
}

static const char *pattern_at(uint64_t offset) { return pattern + offset % PATTERN_PERIOD; }

void connection_reset(struct connection *connection, uint64_t now) {
  connection->phase = PHASE_CONNECTING;
  connection->interest = 0;
  connection->dialled_at = now;
  connection->sent = connection->received = 0;
  connection->unsent = connection->part = 0;
  connection->oldest = connection->outstanding = 0;
}

void connection_ask(struct connection *connection, size_t size, uint64_t now) {
  connection->asked_at[(connection->oldest + connection->outstanding) % MAX_DEPTH] = now;
  connection->outstanding++;
  connection->unsent += size;
}

int connection_flush(struct connection *connection, size_t size) {
  while (connection->unsent > 0) {
    size_t chunk = connection->unsent < size ? connection->unsent : size;
    ssize_t taken = stream_write(&connection->stream, pattern_at(connection->sent), chunk);
    if (taken <= 0) return taken == STREAM_LATER ? STREAM_LATER : STREAM_FAILED;
    connection->sent += (uint64_t)taken;
    connection->unsent -= (size_t)taken;
  }
  return 1;
}

bool connection_receive(struct connection *connection, const char *bytes, size_t count, bool compare,
                        size_t size) {
  if (connection->received + count > connection->sent) return false;
  if (connection->part + count > (size_t)connection->outstanding * size) return false;
  if (compare && memcmp(bytes, pattern_at(connection->received), count) != 0) return false;
  connection->received += count;
  connection->part += count;
  return true;
}

bool connection_answered(struct connection *connection, size_t size, uint64_t *asked_at) {
  if (connection->outstanding == 0 || connection->part < size) return false;
  *asked_at = connection->asked_at[connection->oldest];
  connection->oldest = (connection->oldest + 1) % MAX_DEPTH;
  connection->outstanding--;
  connection->part -= size;
  return true;
}
