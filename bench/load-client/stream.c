#define _GNU_SOURCE
#include "stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef WITH_TLS
#include <openssl/err.h>
#include <openssl/ssl.h>

static SSL_CTX *context;

void stream_setup(bool tls) {
  if (!tls) return;
  context = SSL_CTX_new(TLS_client_method());
  // The server is our own child on this machine, and a resumed session would hide a handshake's cost.
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

static int tls_answer(SSL *tls, int result) {
  if (result > 0) return result;
  switch (SSL_get_error(tls, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return STREAM_LATER;
    case SSL_ERROR_ZERO_RETURN: return 0;
    default:
      // The queue of errors is the thread's: what stays in it would be read as the next connection's.
      ERR_clear_error();
      errno = EPROTO;
      return STREAM_FAILED;
  }
}

int stream_handshake(struct stream *stream) {
  if (context == NULL) return 1;
  if (stream->tls == NULL) {
    stream->tls = SSL_new(context);
    SSL_set_fd(stream->tls, stream->fd);
  }
  int answer = tls_answer(stream->tls, SSL_connect(stream->tls));
  return answer == 0 ? STREAM_FAILED : answer;
}
#else
void stream_setup(bool tls) { (void)tls; }

int stream_handshake(struct stream *stream) {
  (void)stream;
  return 1;
}
#endif

// From several source addresses, because one has only some 28,000 ports, and each closed connection
// occupies its own for a minute (TIME_WAIT). The port is chosen at connect time, as ip(7) says of
// IP_BIND_ADDRESS_NO_PORT: without it two addresses could not share a port number.
static bool choose_source_address(int fd, int source) {
  int one = 1;
  struct sockaddr_in address = {.sin_family = AF_INET};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)source);
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
  return bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
}

bool stream_dial(struct stream *stream, int port, int source, bool choose_source) {
  int one = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  stream->tls = NULL;
  stream->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (stream->fd < 0) return false;
  setsockopt(stream->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (choose_source && !choose_source_address(stream->fd, source)) return false;
  return connect(stream->fd, (struct sockaddr *)&address, sizeof address) == 0 ||
         errno == EINPROGRESS;
}

bool stream_connected(struct stream *stream) {
  int error = 0;
  socklen_t length = sizeof error;
  getsockopt(stream->fd, SOL_SOCKET, SO_ERROR, &error, &length);
  errno = error;
  return error == 0;
}

static ssize_t plain_answer(ssize_t result) {
  if (result >= 0) return result;
  return errno == EAGAIN || errno == EINTR ? STREAM_LATER : STREAM_FAILED;
}

ssize_t stream_read(struct stream *stream, char *into, size_t length) {
#ifdef WITH_TLS
  if (stream->tls) return tls_answer(stream->tls, SSL_read(stream->tls, into, (int)length));
#endif
  return plain_answer(recv(stream->fd, into, length, 0));
}

ssize_t stream_write(struct stream *stream, const char *from, size_t length) {
#ifdef WITH_TLS
  if (stream->tls) return tls_answer(stream->tls, SSL_write(stream->tls, from, (int)length));
#endif
  return plain_answer(send(stream->fd, from, length, MSG_NOSIGNAL));
}

void stream_close(struct stream *stream) {
#ifdef WITH_TLS
  if (stream->tls) {
    SSL_set_shutdown(stream->tls, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(stream->tls);
    stream->tls = NULL;
  }
#endif
  if (stream->fd >= 0) close(stream->fd);
  stream->fd = -1;
}
