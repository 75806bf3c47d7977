/*
 * The door of every npm script: `node scripts/run.cjs TASK [ARGS]`.
 *
 * Old syntax on purpose: a Node too old for the rest must still parse this file and say what is wrong. The import is
 * hidden in a string for the same reason. The npm scripts `exec` it, so that no shell stands between npm and this
 * process: a signal that npm hands on arrives here, and is not lost with the shell.
 */
'use strict';

var wanted = [20, 19];
var parts = process.versions.node.split('.');
var major = Number(parts[0]);
var minor = Number(parts[1]);

if (major < wanted[0] || (major === wanted[0] && minor < wanted[1])) {
  process.stderr.write(
    'Thousand Island needs Node.js ' + wanted.join('.') + ' or newer, and this is ' + process.version + ' (' +
      process.execPath + ').\nInstall a newer one, then run the same command again.\n'
  );
  process.exit(1);
}

var load = new Function('specifier', 'return import(specifier)');
load(require('url').pathToFileURL(require('path').join(__dirname, 'run.mjs')).href).then(
  function (module) { return module.run(process.argv[2], process.argv.slice(3)); }
).catch(function (error) {
  process.stderr.write(String((error && error.stack) || error) + '\n');
  process.exit(1);
});
