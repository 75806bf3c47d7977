#define _GNU_SOURCE
#include "traffic.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define INBOX (256 * 1024)
#define BATCH 512
#define MAX_FAILURES 1000

static char inbox[INBOX];

void die(const char *what) {
  fprintf(stderr, "load-client: %s\n", what);
  exit(1);
}

struct traffic traffic_new(struct options options) {
  struct traffic traffic = {.options = options, .stage = STAGE_SETUP, .latency = latency_new()};
  traffic.connections = calloc((size_t)options.connections, sizeof *traffic.connections);
  traffic.epoll = epoll_create1(EPOLL_CLOEXEC);
  if (traffic.connections == NULL || traffic.epoll < 0) die("out of memory or files");
  struct epoll_event on_stdin = {.events = EPOLLIN, .data.ptr = NULL};
  // Refused for a plain file or /dev/null, which do not end: then time alone bounds the run.
  epoll_ctl(traffic.epoll, EPOLL_CTL_ADD, STDIN_FILENO, &on_stdin);
  stream_setup(options.tls);
  pattern_setup(options.size, INBOX);
  return traffic;
}

static void watch(struct traffic *traffic, struct connection *connection, uint32_t interest) {
  if (connection->interest == interest) return;
  struct epoll_event event = {.events = interest, .data.ptr = connection};
  int operation = connection->interest == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  if (epoll_ctl(traffic->epoll, operation, connection->stream.fd, &event) != 0) die(strerror(errno));
  connection->interest = interest;
}

static void dial(struct traffic *traffic, struct connection *connection) {
  int addresses = traffic->options.source_addresses;
  int source = (int)(traffic->dials++ % (uint64_t)addresses);
  connection_reset(connection, now_ns());
  if (!stream_dial(&connection->stream, traffic->options.port, source, addresses > 1)) {
    die(strerror(errno));
  }
  watch(traffic, connection, EPOLLOUT);
}

void traffic_dial_next(struct traffic *traffic) {
  dial(traffic, &traffic->connections[traffic->dialled++]);
}

static void finish(struct traffic *traffic, struct connection *connection) {
  if (connection->phase == PHASE_OPEN) traffic->ready--;
  connection->phase = PHASE_CONNECTING;
  stream_close(&connection->stream);
  if (traffic->stage < STAGE_DRAIN) dial(traffic, connection);
}

static void fail(struct traffic *traffic, struct connection *connection, const char *why) {
  if (++traffic->failures > MAX_FAILURES) die(why);
  finish(traffic, connection);
}

static void flush(struct traffic *traffic, struct connection *connection) {
  int result = connection_flush(connection, traffic->options.size);
  if (result == STREAM_FAILED) fail(traffic, connection, strerror(errno));
  else watch(traffic, connection, result == STREAM_LATER ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

// Sees to it that so many messages are under way.
static void ask_up_to(struct traffic *traffic, struct connection *connection, int depth) {
  uint64_t now = now_ns();
  while (connection->outstanding < depth) connection_ask(connection, traffic->options.size, now);
  flush(traffic, connection);
}

static void begin(struct traffic *traffic, struct connection *connection) {
  connection->phase = PHASE_OPEN;
  traffic->ready++;
  // One message proves that the server has accepted it. More have to wait: the traffic of those that
  // are open would keep the server from accepting the others.
  ask_up_to(traffic, connection, traffic->stage == STAGE_SETUP ? 1 : traffic->options.depth);
}

void traffic_start(struct traffic *traffic) {
  traffic->stage = STAGE_WARM_UP;
  for (int i = 0; i < traffic->dialled; i++) {
    struct connection *connection = &traffic->connections[i];
    if (traffic->options.mode == MODE_ECHO && connection->phase == PHASE_OPEN) {
      ask_up_to(traffic, connection, traffic->options.depth);
    }
  }
}

static void shake_hands(struct traffic *traffic, struct connection *connection) {
  connection->phase = PHASE_SHAKING;
  int result = stream_handshake(&connection->stream);
  if (result == STREAM_FAILED) fail(traffic, connection, "the TLS handshake failed");
  else if (result == STREAM_LATER) watch(traffic, connection, EPOLLIN);
  else begin(traffic, connection);
}

// A message is back. Answers whether the connection goes on.
static bool answered(struct traffic *traffic, struct connection *connection, uint64_t asked_at) {
  enum mode mode = traffic->options.mode;
  uint64_t now = now_ns();
  if (traffic->stage == STAGE_MEASURE || mode == MODE_IDLE) {
    traffic->messages++;
    // What churn measures begins with the connecting.
    latency_record(&traffic->latency, now - (mode == MODE_CHURN ? connection->dialled_at : asked_at));
  }
  if (mode == MODE_CHURN) {
    finish(traffic, connection);
    return false;
  }
  if (mode == MODE_IDLE) {
    if (traffic->dialled < traffic->options.connections) traffic_dial_next(traffic);
  } else if (traffic->stage == STAGE_WARM_UP || traffic->stage == STAGE_MEASURE) {
    connection_ask(connection, traffic->options.size, now);
  }
  return true;
}

static void receive(struct traffic *traffic, struct connection *connection) {
  size_t size = traffic->options.size;
  bool compare = traffic->options.verify || traffic->stage != STAGE_MEASURE;
  for (;;) {
    ssize_t count = stream_read(&connection->stream, inbox, INBOX);
    if (count == STREAM_LATER) return;
    if (count <= 0) {
      fail(traffic, connection, count == 0 ? "the server closed a connection" : strerror(errno));
      return;
    }
    if (!connection_receive(connection, inbox, (size_t)count, compare, size)) {
      die("the server did not echo what was sent");
    }
    uint64_t asked_at;
    while (connection_answered(connection, size, &asked_at)) {
      if (!answered(traffic, connection, asked_at)) return;
    }
    if (connection->unsent > 0) flush(traffic, connection);
    if (connection->phase != PHASE_OPEN) return;
    // A short read has emptied a plain socket; a TLS one may hold more records.
    if (!traffic->options.tls && count < INBOX) return;
  }
}

static void handle(struct traffic *traffic, struct connection *connection, uint32_t events) {
  if (connection->stream.fd < 0) return;
  if (connection->phase == PHASE_CONNECTING) {
    if (stream_connected(&connection->stream)) shake_hands(traffic, connection);
    else fail(traffic, connection, strerror(errno));
    return;
  }
  if (connection->phase == PHASE_SHAKING) {
    shake_hands(traffic, connection);
    return;
  }
  if ((events & EPOLLOUT) && connection->unsent > 0) flush(traffic, connection);
  if (connection->phase == PHASE_OPEN && (events & ~(uint32_t)EPOLLOUT)) receive(traffic, connection);
}

// The starter of this program holds the other end of stdin: when it is gone, so are we.
static void stdin_event(bool holding) {
  char ignored[64];
  if (read(STDIN_FILENO, ignored, sizeof ignored) > 0) return;
  exit(holding ? 0 : 1);
}

void traffic_turn(struct traffic *traffic, bool holding) {
  struct epoll_event events[BATCH];
  int count = epoll_wait(traffic->epoll, events, BATCH, 10);
  for (int i = 0; i < count; i++) {
    if (events[i].data.ptr == NULL) stdin_event(holding);
    else if (holding) die("the server closed an idle connection");
    else handle(traffic, events[i].data.ptr, events[i].events);
  }
}

bool traffic_settled(const struct traffic *traffic) {
  for (int i = 0; i < traffic->dialled; i++) {
    const struct connection *connection = &traffic->connections[i];
    if (connection->stream.fd < 0) continue;
    if (connection->phase != PHASE_OPEN || connection->outstanding > 0) return false;
  }
  return true;
}
