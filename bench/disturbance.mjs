/**
 * Above these shares of the time without its core, a round says as much about the neighbours. The
 * measured process' own helper threads (collector, compiler) share its core and take about a tenth of it.
 */
const disturbedServer = 0.2;
const disturbedClient = 0.05;

/** Why a round should be run again, if so. */
export function disturbance(serverWaited = 0, clientWaited = 0) {
  if (serverWaited <= disturbedServer && clientWaited <= disturbedClient) return undefined;
  const percent = (share) => `${(share * 100).toFixed(0)} %`;
  return `what was measured waited for its core ${percent(serverWaited)} of the time, the client ${percent(clientWaited)}`;
}
