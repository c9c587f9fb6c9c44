// Lets every judge look at every case, without a network where the system can take it away, and prints the matrix.
// node run.mjs FOLDER PYTHON: the folder holds cases.json and the files that it names.
import fs from 'node:fs';
import path from 'node:path';
import {spawnSync} from 'node:child_process';

const [folder, python] = process.argv.slice(2);
const here = import.meta.dirname;
const {cases, contexts} = JSON.parse(fs.readFileSync(path.join(folder, 'cases.json')));
const alone = spawnSync('unshare', ['-rn', 'true']).status === 0 ? ['unshare', '-rn'] : [];
const at = name => path.isAbsolute(name) ? name : path.join(folder, name);
const maps = one => Object.entries(one.documents).map(([url, file]) => `${url}=${at(file)}`);

const judges = {
  openbadgeslib: one => [python, path.join(here, 'judge_ob3.py'), at(one.file), ...maps(one).flatMap(map => ['--map', map]), '--status'],
  'openbadgeslib-2': one => [python, path.join(here, 'judge_ob2.py'), at(one.file), ...maps(one).flatMap(map => ['--map', map])],
  'verifier-core': one => ['node', path.join(here, 'judge_dcc.mjs'), at(one.file), ...maps(one)],
  digitalbazaar: one => ['node', path.join(here, 'judge_db.mjs'), at(one.file), ...maps(one),
    ...Object.entries(contexts).map(([url, file]) => `${url}=${at(file)}`)],
  assertion: one => ['node', path.join(here, 'judge_assertion.mjs'), at(one.file), at(one.keys), JSON.stringify(one.expected)],
  'assertion-python': one => [python, path.join(here, 'judge_assertion.py'), at(one.file), at(one.keys), JSON.stringify(one.expected)],
  'pdf-a': one => [python, path.join(here, 'judge_pdf.py'), at(one.file)],
  jose: one => ['node', path.join(here, 'judge_jwt.mjs'), at(one.file), at(one.issuer)],
  schema: one => ['node', path.join(here, 'judge_schema.mjs'), path.join(here, 'achievementcredential.schema.json'), at(one.file)],
};

let wrong = 0;
for (const one of cases) {
  for (const [name, expected] of Object.entries(one.judges)) {
    const [program, ...args] = [...alone, ...judges[name](one)];
    const {stdout, stderr} = spawnSync(program, args, {encoding: 'utf8', timeout: 120_000});
    const said = (stdout.trim() || stderr.trim()).split('\n').pop();
    const verdict = said.startsWith('ACCEPT') ? 'accept' : said.startsWith('REJECT') ? 'reject' : 'broken';
    const fits = verdict === expected;
    wrong += fits ? 0 : 1;
    console.log(`${fits ? 'ok   ' : 'WRONG'} ${one.name.padEnd(16)} ${name.padEnd(14)} ${verdict.padEnd(7)} ${fits ? '' : said.slice(0, 400)}`);
  }
}
console.log(`${cases.length} cases, ${wrong} wrong verdicts${alone.length ? ', without a network' : ''}`);
process.exit(wrong ? 1 : 0);
