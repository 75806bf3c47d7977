/**
 * Who may know whom: the one table that holds the direction of the imports.
 *
 * The packages stand lowest first, and in each of them its rooms do. A file may import from its own room and from lower
 * ones; a package, from itself and from lower packages by their names. A file belongs to the first room that has a
 * pattern for it: `*` stands for any part of one name, and a pattern that ends in `/` for everything in that folder.
 */
export interface PackageRooms {
  readonly package: string;
  readonly rooms: readonly (readonly string[])[];
}

export const PACKAGES: readonly PackageRooms[] = [
  {
    package: 'runtime',
    rooms: [
      [
        'pid.ts',
        'ref.ts',
        'name.ts',
        'instance.ts',
        'text.ts',
        'exit-reason.ts',
        'exit-reason-text.ts',
        'failed-start.ts',
        'errors.ts',
        'clock.ts',
        'next-turn.ts',
        'arguments.ts',
      ],
      ['event-bus.ts', 'events.ts'],
      ['process/'],
      ['runtime.ts'],
      ['behaviours/'],
      ['supervisor/'],
      ['registry/'],
      ['task/', 'event-manager/'],
      ['state-machine/'],
      ['inspect/'],
      ['testing/'],
      ['shapes.ts'],
      ['index.ts'],
    ],
  },
  {
    package: 'island',
    rooms: [
      [
        'errors.ts',
        'known-options.ts',
        'kept-state.ts',
        'shutdown-detail.ts',
        'awaitable.ts',
        'tree.ts',
        'node-modules.ts',
      ],
      ['proxy/', 'framing/'],
      ['transport.ts', 'socket-address.ts', 'transports/', 'systemd.ts', 'descriptors.ts'],
      ['testing/'],
      ['events.ts', 'span.ts', '*-span.ts', 'sending.ts'],
      ['option-checks.ts', 'proxy-options.ts'],
      [
        'place.ts',
        'tally.ts',
        'inbox.ts',
        'outbox.ts',
        'sendfile.ts',
        'pending-recv.ts',
        'socket.ts',
        'socket-*.ts',
      ],
      ['handler.ts', 'handler-*.ts', 'count-operator.ts'],
      ['*-options.ts', '*-config.ts'],
      ['gate.ts', 'gates.ts', 'server-lifecycle.ts', 'server-memory.ts'],
      ['connection.ts', 'connection-*.ts'],
      [
        'listen-socket.ts',
        'listen-hook.ts',
        'listen-ending.ts',
        'descriptor-watch.ts',
        'listener.ts',
        'custom-connection.ts',
        'acceptor.ts',
        'acceptor-*.ts',
      ],
      ['drain.ts', 'drains.ts', 'running-server.ts', 'server.ts', 'server-*.ts', 'shutdown-listener.ts'],
      ['thousand-island.ts', 'logger.ts', 'log-*.ts'],
      ['index.ts'],
    ],
  },
  {
    package: 'handlers',
    rooms: [['framing/'], ['echo.ts', 'daytime.ts', 'http-hello-world.ts', 'messenger.ts'], ['index.ts']],
  },
  {
    package: 'cli',
    rooms: [['*.ts', 'commands/']],
  },
];
