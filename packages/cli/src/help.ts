/** What `island --help` says. */
export const HELP = `Usage: island serve MODULE[#EXPORT] [options]

Starts a server for a handler. It serves until it is told to stop (Ctrl-C, or SIGTERM): then it accepts no
more, gives its connections time to end, and says how many did. A second Ctrl-C ends it at once.

MODULE is one of the ready handlers, echo, daytime, http-hello-world or messenger; or the path or the
package name of a module whose default export, or the one called EXPORT, is a handler.

Options:
  --port NUMBER             the port to listen on; 0 for any that is free (default: 4000)
  --host ADDRESS            the address to listen on (default: 127.0.0.1)
  --unix PATH               the Unix socket to listen on, in place of a port
  --unix-mode MODE          who may connect to it, such as 660 (default: what the umask leaves)
  --acceptors NUMBER        how many acceptors there are (default: 10)
  --max-connections NUMBER  how many connections each acceptor can have at a time, or infinity (default: 16384)
  --read-timeout MS         how long a client may be silent, or infinity (default: 60000)
  --shutdown-timeout MS     how long connections have to end when it stops, or infinity, or brutal-kill
                            (default: 15000)
  --log LEVEL               what to log to stderr (default: error)
                            error: crashes, and connections that could not be started, or were refused
                            info:  also when the server starts to listen, and stops
                            debug: also when acceptors and connections start and stop
                            trace: also what goes over connections, with the beginning of the data
  --tls-cert FILE           speak TLS, with the certificate in this PEM file (and what leads to its authority);
                            SIGHUP has the files read again, for a certificate that was renewed
  --tls-key FILE            its key, if that is not in the same file
  --tls-ca FILE             ask clients for a certificate from one of the authorities in this file
  --alpn LIST               the protocols that are spoken over TLS, best first: h2,http/1.1
  --proxy-protocol MODE     whether connections begin with the header in which a proxy says whom they are from:
                            off, optional or required (default: off)
  --json                    print JSON, for other programs: {"event":"listening",…}, {"event":"stopped",…}
  -h, --help                print this
  --version                 print the version

Examples:
  island serve echo                          and then, elsewhere: nc 127.0.0.1 4000
  island serve http-hello-world --port 8080  and then: curl http://127.0.0.1:8080/
  island serve ./chat.js --host 0.0.0.0      the default export of chat.js, for the whole network
  island serve my-handlers#quotes --port 0   the export quotes of a package, on any free port
  island serve echo --tls-cert c.pem --tls-key k.pem   and then: openssl s_client -connect 127.0.0.1:4000

Exit codes: 0 stopped as told, 1 could not serve, 2 called in a wrong way, 130 ended by a second Ctrl-C.`;
