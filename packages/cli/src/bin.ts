#!/usr/bin/env node
import { main } from './main.ts';
import { processEnvironment } from './process-environment.ts';

// Not left to Node to end: what a handler has left behind, a timer say, is no reason to stay.
process.exit(await main(process.argv.slice(2), processEnvironment()));
