// What a back end does with an assertion of the gate, by npm jose: node judge_assertion.mjs FILE.jwt JWKS.json EXPECTED
import fs from 'node:fs';
import {createLocalJWKSet, jwtVerify} from 'jose';

const [file, keys, expected] = [process.argv[2], process.argv[3], JSON.parse(process.argv[4])];
try {
  const set = JSON.parse(fs.readFileSync(keys));
  if (set.keys.some(key => key.d)) throw new Error('a private key is published');
  const {payload} = await jwtVerify(fs.readFileSync(file, 'utf8').trim(), createLocalJWKSet(set), {
    algorithms: ['ES256'], issuer: expected.issuer, audience: expected.audience, subject: expected.subject,
    requiredClaims: ['exp', 'iat', 'jti'], maxTokenAge: '5 minutes', clockTolerance: 300,
  });
  if (payload.exp - payload.iat > 60) throw new Error('it is good for too long');
  if (JSON.stringify(payload.groups) !== JSON.stringify(expected.groups)) throw new Error(`groups ${payload.groups}`);
  if (payload.url !== expected.url || payload.method !== 'GET') throw new Error(`${payload.method} ${payload.url}`);
  console.log('ACCEPT');
} catch (error) { console.log('REJECT', error.message); process.exit(1); }
