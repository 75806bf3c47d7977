/** What `npm start` runs. */
import { demonstrate } from './demonstration.ts';
import { processEnvironment } from './process-environment.ts';

process.exit(await demonstrate(processEnvironment()));
