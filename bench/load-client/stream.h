#ifndef STREAM_H
#define STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// One non-blocking connection to 127.0.0.1, plain or TLS.
struct stream {
  int fd;
  void *tls;
};

// What reading, writing and shaking hands answer besides a count of bytes. 0 bytes read: closed.
#define STREAM_LATER (-1)
#define STREAM_FAILED (-2)

void stream_setup(bool tls);

// Starts to connect from 127.0.0.(1 + source). False when even that fails; errno says why.
bool stream_dial(struct stream *stream, int port, int source, bool choose_source);

// Whether the connecting that was started has worked. Sets errno when not.
bool stream_connected(struct stream *stream);

// One step of the TLS handshake: 1 when done, or STREAM_LATER, STREAM_FAILED. Plain: always 1.
int stream_handshake(struct stream *stream);

ssize_t stream_read(struct stream *stream, char *into, size_t length);
ssize_t stream_write(struct stream *stream, const char *from, size_t length);
void stream_close(struct stream *stream);

#endif
