// The .rpm packages of the release build, and small ones for tests.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { release, repository } from './throw-away.mjs';

// By name, in a folder that the caller removes; none named: all. number: the package's release.
export function buildRpms(packages = [], number = 1) {
  const folder = mkdtempSync(join(tmpdir(), 'hf-rpm-'));
  cpSync(join(repository, 'packaging'), join(folder, 'packaging'), { recursive: true });
  cpSync(join(repository, 'LICENSE'), join(folder, 'LICENSE'));
  const spec = join(folder, 'packaging/holdfast.spec');
  writeFileSync(spec, readFileSync(spec, 'utf8').replace(/^Release: 1/m, `Release: ${number}`));
  const made = execFileSync(join(folder, 'packaging/rpm'), [release, folder, ...packages], { encoding: 'utf8' }).trim().split('\n');
  return { folder, rpms: Object.fromEntries(made.map((file) => [basename(file).replace(/-[^-]+-[^-]+$/, ''), file])) };
}

// What a package asks of the rest of the machine.
export function needs(...files) {
  const all = execFileSync('rpm', ['-qp', '--requires', ...files], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return [...new Set(all.split('\n').filter((line) => line && !/^(rpmlib|config)\(|holdfast/.test(line)))];
}

// A package with one file, named as it is, and the lines of the spec given.
export function makeRpm(folder, name, lines) {
  const spec = join(folder, `${name}.spec`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(spec, [`Name: ${name}`, 'Version: 1', 'Release: 1', 'Summary: x', 'License: x', 'BuildArch: noarch', ...lines,
    '%description', 'x', '%install', `mkdir -p %{buildroot}/opt; touch %{buildroot}/opt/${name}`, '%files', `/opt/${name}`, ''].join('\n'));
  execFileSync('rpmbuild', ['-bb', '--define', `_topdir ${folder}/work`, '--define', `_rpmdir ${folder}`,
    '--define', '_build_name_fmt %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm', spec], { stdio: 'pipe' });
  return join(folder, `${name}-1-1.noarch.rpm`);
}
