// A load client for servers on 127.0.0.1: one thread, epoll, a fraction of a server's cost, so that
// what is measured is the server. Prints one line of JSON. Modes:
//
//   echo   each connection keeps --depth messages of --size bytes under way: rate and latency
//   churn  connect, send 1 byte, get it back, close; --connections of these at a time
//   idle   opens --connections, one byte echoed on each so that the server has really accepted it,
//          prints the line, and holds them open until stdin ends or --hold is over
//
// Bounded in time by its flags and an alarm, in failures by a maximum, and it ends with its stdin.
// A wrong or missing byte ends it with status 1: a server that echoes wrongly has no speed.
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "latency.h"
#include "options.h"
#include "traffic.h"

#define SETUP_SECONDS 30
#define DRAIN_SECONDS 5
// Fewer than a listen backlog (511 in Node), so that no connection attempt is dropped and retried.
#define DIALS_AT_A_TIME 200

// Seconds in which a process' main thread ran, and in which it could have run and its core ran
// another: proc(5), schedstat. 0 where the system does not tell.
struct schedule {
  double ran, waited;
};

// When the figures were taken, and what they cost this process itself.
struct window {
  uint64_t from, until;
  double cpu_from, cpu_until;
  struct schedule own_from, own_until;
  struct schedule server_from, server_until;
};

static uint64_t after_seconds(double seconds) { return now_ns() + (uint64_t)(seconds * 1e9); }

static double own_cpu_seconds(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static struct schedule schedule_of(int pid) {
  unsigned long long ran = 0, waited = 0;
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/schedstat", pid);
  FILE *file = fopen(path, "r");
  if (file == NULL) return (struct schedule){0, 0};
  if (fscanf(file, "%llu %llu", &ran, &waited) != 2) ran = waited = 0;
  fclose(file);
  return (struct schedule){(double)ran / 1e9, (double)waited / 1e9};
}

static void run_for(struct traffic *traffic, double seconds) {
  for (uint64_t end = after_seconds(seconds); now_ns() < end;) traffic_turn(traffic, false);
}

static void open_all(struct traffic *traffic) {
  int connections = traffic->options.connections;
  uint64_t end = after_seconds(SETUP_SECONDS);
  while (traffic->dialled < connections || traffic->ready < connections) {
    while (traffic->dialled < connections && traffic->dialled - traffic->ready < DIALS_AT_A_TIME) {
      traffic_dial_next(traffic);
    }
    // In churn no moment comes in which all are open.
    if (traffic->options.mode == MODE_CHURN && traffic->dialled == connections) return;
    traffic_turn(traffic, false);
    if (now_ns() >= end) die("the connections could not be opened in time");
  }
}

static struct window measure(struct traffic *traffic) {
  struct window window;
  traffic->stage = STAGE_MEASURE;
  traffic->messages = 0;
  latency_reset(&traffic->latency);
  window.cpu_from = own_cpu_seconds();
  window.own_from = schedule_of(getpid());
  window.server_from = schedule_of(traffic->options.server);
  window.from = now_ns();
  run_for(traffic, traffic->options.seconds);
  window.until = now_ns();
  window.cpu_until = own_cpu_seconds();
  window.own_until = schedule_of(getpid());
  window.server_until = schedule_of(traffic->options.server);
  return window;
}

// Every message still under way must come back: a server may not be quick by losing some.
static void drain(struct traffic *traffic) {
  uint64_t end = after_seconds(DRAIN_SECONDS);
  traffic->stage = STAGE_DRAIN;
  while (!traffic_settled(traffic)) {
    traffic_turn(traffic, false);
    if (now_ns() >= end) die("some messages were never echoed");
  }
}

static void print_head(const struct traffic *traffic) {
  const struct options *options = &traffic->options;
  printf("{\"client\":\"c\",\"mode\":\"%s\",\"tls\":%s,\"connections\":%d,\"size\":%zu,"
         "\"failures\":%lu",
         mode_name(options->mode), options->tls ? "true" : "false", options->connections,
         options->size, traffic->failures);
}

static void print_load(const struct traffic *traffic, struct window window) {
  const struct latency *latency = &traffic->latency;
  double seconds = (double)(window.until - window.from) / 1e9;
  double rate = (double)traffic->messages / seconds;
  print_head(traffic);
  printf(",\"seconds\":%.3f,\"messages\":%lu,\"rate\":%.1f,\"megabytesPerSecond\":%.2f,"
         "\"p50us\":%.1f,\"p99us\":%.1f,\"p999us\":%.1f,\"maxUs\":%.1f,\"clientCpu\":%.3f,"
         "\"clientWaited\":%.3f,\"serverSeconds\":%.6f}\n",
         seconds, traffic->messages, rate, rate * (double)traffic->options.size / 1e6,
         latency_quantile(latency, 0.5), latency_quantile(latency, 0.99),
         latency_quantile(latency, 0.999), (double)latency->longest / 1e3,
         (window.cpu_until - window.cpu_from) / seconds,
         (window.own_until.waited - window.own_from.waited) / seconds,
         window.server_until.ran - window.server_from.ran);
}

static void run_load(struct traffic *traffic) {
  open_all(traffic);
  traffic_start(traffic);
  run_for(traffic, traffic->options.warm_up);
  struct window window = measure(traffic);
  drain(traffic);
  print_load(traffic, window);
}

static void run_idle(struct traffic *traffic) {
  int connections = traffic->options.connections;
  uint64_t from = now_ns();
  uint64_t end = after_seconds(SETUP_SECONDS);
  while (traffic->dialled < connections && traffic->dialled < DIALS_AT_A_TIME) {
    traffic_dial_next(traffic);
  }
  while (traffic->messages < (uint64_t)connections) {
    traffic_turn(traffic, false);
    if (now_ns() >= end) die("the connections could not be opened in time");
  }
  print_head(traffic);
  printf(",\"seconds\":%.3f}\n", (double)(now_ns() - from) / 1e9);
  fflush(stdout);
  for (end = after_seconds(traffic->options.hold); now_ns() < end;) traffic_turn(traffic, true);
}

static void raise_file_limit(int connections) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < (rlim_t)connections + 16) {
    die("the limit of open files (ulimit -n) is too low for this many connections");
  }
}

int main(int argc, char **argv) {
  struct options options = parse_options(argc, argv);
  double longest = SETUP_SECONDS + options.warm_up + options.seconds + DRAIN_SECONDS + options.hold;
  // Whatever goes wrong below, the kernel ends this process.
  alarm((unsigned)longest + 5);
  raise_file_limit(options.connections);
  struct traffic traffic = traffic_new(options);
  if (options.mode == MODE_IDLE) run_idle(&traffic);
  else run_load(&traffic);
  return 0;
}
