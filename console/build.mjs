// node console/build.mjs OUT: the console as holdfast-server has it inside, all in one C file with what it includes:
//   OUT/console_files.c   the table (src/server/console.h) and, by .incbin, OUT/console_files.bin
//   OUT/console_files.d   what it was made of, for ninja
// Files are compressed here, once. Names have their contents' hash, so that a browser may keep them for good.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.resolve(process.argv[2] ?? 'build/console');

const types = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', svg: 'image/svg+xml', txt: 'text/plain; charset=utf-8' };

// What stands in a package's index is loaded from its own file: reached through the index, everything that any page uses
// of the package would be loaded with the first one.
function own(folder) {
  const index = readFileSync(path.join(here, 'node_modules', folder, 'index.js'), 'utf8');
  const found = {};
  for (const [, as, from] of index.matchAll(/export \{ default as (\w+) \} from ['"]\.\/([^'"]+)['"]/g)) found[as] = `${folder}/${from}`;
  return found;
}
const packages = { antd: own('antd/es'), '@ant-design/icons': own('@ant-design/icons/es/icons') };
const direct = {
  name: 'direct',
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]console[/\\]src[/\\].*\.tsx?$/ }, ({ path: file }) => ({
      loader: file.endsWith('x') ? 'tsx' : 'ts',
      contents: readFileSync(file, 'utf8').replace(/^import \{([^}]*)\} from '(antd|@ant-design\/icons)';/gm, (line, names, name) => names.split(',').map((one) => one.trim()).filter((one) => one && !one.startsWith('type '))
        .map((one) => {
          const [what, as = what] = one.split(/\s+as\s+/);
          const from = packages[name][what];
          return from ? `import ${as} from '${from}';` : `import { ${one} } from '${name}';`;
        }).join(' ')),
    }));
  },
};

const result = await build({
  absWorkingDir: here,
  entryPoints: { start: 'src/start.tsx' },
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  minify: true,
  legalComments: 'none',
  define: { 'process.env.NODE_ENV': '"production"' },
  outdir: 'assets',
  entryNames: '[name]-[hash]',
  chunkNames: 'part-[hash]',
  metafile: true,
  write: false,
  logLevel: 'warning',
  plugins: [direct],
});

// The licence of every package that is inside, as its authors ask for.
function licences() {
  const packages = new Set(Object.keys(result.metafile.inputs).map((name) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(name)?.[1]).filter(Boolean));
  return [...packages].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(path.join(here, folder, 'package.json'), 'utf8'));
    const file = readdirSync(path.join(here, folder)).find((one) => /^licen[cs]e/i.test(one));
    return `${name} ${version}: ${license}\n\n${file ? readFileSync(path.join(here, folder, file), 'utf8').trim() : ''}\n`;
  }).join(`\n${'-'.repeat(72)}\n\n`);
}

const files = result.outputFiles.map((file) => ({ name: path.basename(file.path), data: Buffer.from(file.contents) }));
function add(name, end, data) {
  files.push({ name: `${name}-${createHash('sha256').update(data).digest('hex').slice(0, 8).toUpperCase()}.${end}`, data });
}
add('icon', 'svg', readFileSync(path.join(here, 'src/icon.svg')));
add('licences', 'txt', Buffer.from(licences()));
files.sort((a, b) => (a.name < b.name ? -1 : 1));

const named = (start, end) => files.find((file) => file.name.startsWith(start) && file.name.endsWith(end)).name;
const page = readFileSync(path.join(here, 'index.html'), 'utf8')
  .replace('ICON', named('icon-', '.svg')).replace('STYLE', named('start-', '.css')).replace('START', named('start-', '.js'))
  .replace('LICENCES', named('licences-', '.txt'));

const parts = [];
let at = 0;
const rows = files.map(({ name, data }) => {
  const packed = gzipSync(data, { level: 9 });
  const row = `\t{"${name}", "${types[name.split('.').pop()]}", ${at}, ${packed.length}},`;
  parts.push(packed);
  at += packed.length;
  return row;
});

mkdirSync(out, { recursive: true });
const binary = path.join(out, 'console_files.bin');
writeFileSync(binary, Buffer.concat(parts));
const quote = (text) => JSON.stringify(text).replaceAll('/*', '/" "*');
writeFileSync(path.join(out, 'console_files.c'), `/* Made by console/build.mjs. */
#include "server/console.h"

const char console_page[] = ${quote(page)};

__asm__(".pushsection .rodata\\n"
	"console_data:\\n"
	".incbin \\"${binary}\\"\\n"
	".popsection\\n"
	".globl console_data\\n");

const struct console_file console_files[] = {
${rows.join('\n')}
	{0},
};
`);
const made = Object.keys(result.metafile.inputs).map((name) => path.join(here, name));
const sources = [...made, path.join(here, 'index.html'), path.join(here, 'src/icon.svg'), path.join(here, 'package-lock.json')];
writeFileSync(path.join(out, 'console_files.d'),
  `${path.join(out, 'console_files.c')}: ${sources.map((name) => name.replaceAll(' ', '\\ ')).join(' \\\n  ')}\n`);

// How much a browser loads before it shows the first page, and in all.
if (process.argv.includes('--sizes')) {
  const outputs = result.metafile.outputs;
  const size = (name) => gzipSync(files.find((file) => file.name === path.basename(name)).data, { level: 9 }).length;
  const entry = Object.keys(outputs).find((name) => outputs[name].entryPoint === 'src/start.tsx');
  const reached = new Set();
  const reach = (name) => {
    if (reached.has(name)) return;
    reached.add(name);
    for (const { path: next, kind } of outputs[name].imports) if (kind === 'import-statement') reach(next);
  };
  reach(entry);
  for (const page of process.argv.slice(process.argv.indexOf('--sizes') + 1)) {
    const found = Object.keys(outputs).find((name) => outputs[name].entryPoint === page);
    if (found) reach(found);
  }
  let first = files.filter((file) => /\.(css|svg)$/.test(file.name)).reduce((sum, file) => sum + gzipSync(file.data, { level: 9 }).length, 0);
  for (const name of reached) first += size(name);
  console.log(JSON.stringify({ first, all: at, files: files.length }));
}
