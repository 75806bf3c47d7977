#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const mode_names[] = {"echo", "churn", "idle"};

static const char usage[] =
    "usage: load-client echo|churn|idle --port N [--connections N] [--size BYTES] [--depth N]\n"
    "       [--warm-up SECONDS] [--seconds SECONDS] [--hold SECONDS] [--source-addresses N]\n"
    "       [--server PID] [--verify] [--tls]\n";

const char *mode_name(enum mode mode) { return mode_names[mode]; }

static void refuse(const char *what, const char *value) {
  fprintf(stderr, "load-client: %s: %s\n%s", what, value, usage);
  exit(2);
}

// Every number has an upper bound, so that no mistyped flag makes a run that does not end.
static double number_between(const char *name, const char *text, double low, double high) {
  char *rest;
  double value = strtod(text, &rest);
  if (*text == '\0' || *rest != '\0' || !(value >= low && value <= high)) refuse(name, text);
  return value;
}

static enum mode parse_mode(const char *text) {
  for (int mode = MODE_ECHO; mode <= MODE_IDLE; mode++) {
    if (strcmp(text, mode_names[mode]) == 0) return (enum mode)mode;
  }
  refuse("unknown mode", text);
  return MODE_ECHO;
}

static const struct option flags[] = {
    {"port", required_argument, NULL, 'p'},     {"connections", required_argument, NULL, 'c'},
    {"size", required_argument, NULL, 's'},     {"depth", required_argument, NULL, 'D'},
    {"warm-up", required_argument, NULL, 'w'},  {"seconds", required_argument, NULL, 'd'},
    {"hold", required_argument, NULL, 'H'},     {"source-addresses", required_argument, NULL, 'a'},
    {"server", required_argument, NULL, 'S'},
    {"verify", no_argument, NULL, 'v'},         {"tls", no_argument, NULL, 'T'},
    {NULL, 0, NULL, 0},
};

static void apply_flag(struct options *options, int flag, const char *value) {
  switch (flag) {
    case 'p': options->port = (int)number_between("--port", value, 1, 65535); break;
    case 'c': options->connections = (int)number_between("--connections", value, 1, 60000); break;
    case 's': options->size = (size_t)number_between("--size", value, 1, 16 << 20); break;
    case 'D': options->depth = (int)number_between("--depth", value, 1, MAX_DEPTH); break;
    case 'w': options->warm_up = number_between("--warm-up", value, 0, 60); break;
    case 'd': options->seconds = number_between("--seconds", value, 0.01, 600); break;
    case 'H': options->hold = number_between("--hold", value, 0, 600); break;
    case 'a':
      options->source_addresses = (int)number_between("--source-addresses", value, 1, 250);
      break;
    case 'S': options->server = (int)number_between("--server", value, 1, 1 << 30); break;
    case 'v': options->verify = true; break;
    case 'T': options->tls = true; break;
    default: fputs(usage, stderr); exit(2);
  }
}

struct options parse_options(int argc, char **argv) {
  struct options options = {
      .connections = 1, .size = 64, .depth = 1, .warm_up = 1, .seconds = 3, .hold = 30,
      .source_addresses = 1,
  };
  if (argc < 2) refuse("a mode is needed", "none given");
  options.mode = parse_mode(argv[1]);
  optind = 2;
  for (int flag; (flag = getopt_long(argc, argv, "", flags, NULL)) != -1;) {
    apply_flag(&options, flag, optarg);
  }
  if (optind < argc) refuse("unexpected argument", argv[optind]);
  if (options.port == 0) refuse("--port", "missing");
#ifndef WITH_TLS
  if (options.tls) refuse("--tls", "this client was built without TLS");
#endif
  // A connection that only proves to be alive needs one byte, once.
  if (options.mode != MODE_ECHO) {
    options.size = 1;
    options.depth = 1;
  }
  return options;
}
