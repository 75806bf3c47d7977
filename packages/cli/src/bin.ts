#!/usr/bin/env node
console.error("island: no commands yet");
process.exitCode = 2;
