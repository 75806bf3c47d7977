#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#define MAX_DEPTH 64

enum mode { MODE_ECHO, MODE_CHURN, MODE_IDLE };

struct options {
  enum mode mode;
  int port;
  int server;  // the pid whose time is told, too; 0 for none
  int connections;
  size_t size;           // bytes of one message
  int depth;             // messages that a connection keeps under way
  double warm_up;        // seconds before figures count
  double seconds;        // seconds that count
  double hold;           // idle: seconds to keep the connections open after the line is printed
  int source_addresses;  // how many of 127.0.0.1, 127.0.0.2, … to connect from
  bool verify;           // compare every byte while measuring too, not in the warm-up alone
  bool tls;
};

// Reads the command line. Ends the program with status 2 when it makes no sense.
struct options parse_options(int argc, char **argv);

const char *mode_name(enum mode mode);

#endif
