// The API as its document has it: every operation with validators made of it, so that an answer can be held against what is
// promised, and with a generator of input, so that nothing has to be written down twice.
import assert from 'node:assert/strict';
import Ajv from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { generateSync, registerFormat } from 'json-schema-faker';

// Numbers that follow from a seed: what went wrong can be had again.
export class Dice {
  constructor(seed) { this.state = seed >>> 0; }

  next() { // mulberry32
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  below(n) { return Math.floor(this.next() * n); }

  of(list) { return list[this.below(list.length)]; }

  chance(p) { return this.next() < p; }
}

// Nothing generated may lead outside: these names lead nowhere.
registerFormat('uri', () => 'https://hooks.invalid/holdfast');
registerFormat('email', (random) => `person${random.int(1, 1e6)}@example.com`);

export class Api {
  constructor(document) {
    this.document = document;
    this.ajv = new Ajv({ strict: false, allErrors: false, validateFormats: true });
    formats(this.ajv);
    this.ajv.addSchema(document, 'api');
    this.validators = new Map();
    this.operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        path, method: method.toUpperCase(), at: ['paths', path, method], ...operation,
        public: operation.security.length === 0, changes: !['get', 'head'].includes(method),
      })));
  }

  // The operation that a request meant; undefined when there is none.
  meant(method, pathname) {
    return this.operations.find((o) => o.method === method && (o.pattern ??=
      new RegExp(`^${o.path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+')}$`)).test(pathname));
  }

  operation(id) {
    const found = this.operations.find((o) => o.operationId === id);
    assert.ok(found, `${id} is described`);
    return found;
  }

  deref(value) {
    return value?.$ref ? value.$ref.slice(2).split('/').reduce((v, name) => v[name], this.document) : value;
  }

  validator(pointer) {
    if (!this.validators.has(pointer)) this.validators.set(pointer, this.ajv.compile({ $ref: `api#${pointer}` }));
    return this.validators.get(pointer);
  }

  static pointer(...names) { return names.map((n) => `/${String(n).replace(/~/g, '~0').replace(/\//g, '~1')}`).join(''); }

  // Where a $ref may stand at any step.
  validatorAt(names) {
    let value = this.document;
    let at = [];
    for (const name of names) {
      value = value?.[name];
      at.push(name);
      if (value?.$ref) {
        at = value.$ref.slice(2).split('/');
        value = this.deref(value);
      }
      if (value === undefined) return undefined;
    }
    return this.validator(encodeURI(Api.pointer(...at)).replace(/#/g, '%23'));
  }

  // What the document does not promise, in words; undefined when all is as it says.
  differs(operation, answer, { head = false } = {}) {
    // Refused before it was clear what was meant.
    if ([408, 414, 431].includes(answer.status)) return undefined;
    const response = this.deref(operation.responses[answer.status]);
    if (!response) return `status ${answer.status} is not among ${Object.keys(operation.responses)}`;
    if (!/^[0-9a-f-]{36}$/.test(answer.headers.get('x-request-id') ?? '')) return 'no X-Request-Id';
    for (const name of Object.keys(response.headers ?? {})) {
      if (!answer.headers.has(name)) return `no ${name}`;
    }
    const type = answer.headers.get('content-type')?.split(';')[0];
    if (!response.content) return type || answer.text ? `a body of type ${type} where there is none` : undefined;
    if (!response.content[type]) return `type ${type} is not among ${Object.keys(response.content)}`;
    if (head || !/[/+]json$/.test(type)) return undefined;
    if (answer.json === undefined) return 'no JSON';
    const valid = this.validatorAt([...operation.at, 'responses', String(answer.status), 'content', type, 'schema']);
    return valid(answer.json) ? undefined : this.ajv.errorsText(valid.errors, { dataVar: 'answer' });
  }

  body(operation) { return this.deref(operation.requestBody?.content['application/json']?.schema); }

  bodyValidator(operation) { return this.validatorAt([...operation.at, 'requestBody', 'content', 'application/json', 'schema']); }

  parameters(operation, where) { return operation.parameters.map((p) => this.deref(p)).filter((p) => p.in === where); }
}

// What members are called that hold ids of something else.
const nouns = { person: 'user', owner: 'user', whitelist: 'user', applicant: 'user', groups: 'usergroup', account: 'account', delegate: 'account',
  approvers: 'account', fallback: 'account', escalate_to: 'account', app: 'dingtalkapp', ids: 'instance', builtin_workflow: 'workflow' };

// --- input ----------------------------------------------------------------------------------------------------------

const words = ['', 'a', '李华', 'x'.repeat(300), 'Robert"); --', '<b>', '\u202e', 'e\u0301', '\t\n', '😀', '../..', '%00'];

export class Input {
  // ids: real ones by the name of what they belong to; values: real ones by the name of the member.
  // recipes: bodies that make sense, by operation, where the parts of one depend on each other.
  // never: lists that stay empty.
  constructor(api, dice, ids, { values = {}, recipes = {}, never = [] } = {}) { Object.assign(this, { api, dice, ids, values, recipes, never }); }

  // A value that the schema allows; where ids go, ones that exist, mostly.
  valid(schema, name = '') {
    schema = this.api.deref(schema);
    const types = [schema.type ?? 'object'].flat();
    const { dice } = this;
    if (this.never.includes(name)) return [];
    if (types.includes('null') && dice.chance(0.15)) return null;
    const type = types[0];
    if (type === 'object' && schema.properties) {
      const out = {};
      for (const [key, member] of Object.entries(schema.properties)) {
        if (schema.required?.includes(key) || dice.chance(0.6)) out[key] = this.valid(member, key);
      }
      return out;
    }
    if (type === 'array') {
      const low = schema.minItems ?? 0;
      const n = Math.min(schema.maxItems ?? 3, low + dice.below(3));
      return Array.from({ length: n }, () => this.valid(schema.items, name));
    }
    if (type === 'string' && schema.format === 'uuid' && this.ids.length && dice.chance(0.9)) return this.id(name);
    if (type === 'string' && /url/.test(name)) return 'https://hooks.invalid/holdfast';
    if (type === 'string' && !schema.enum && !schema.format && dice.chance(0.5)) {
      const word = dice.of(words);
      const n = [...word].length;
      if (n >= (schema.minLength ?? 0) && n <= (schema.maxLength ?? 4096)) return word;
    }
    const { maxLength, ...rest } = schema;
    return generateSync({ ...rest, type, ...(maxLength ? { maxLength: Math.min(maxLength, 64) } : {}) }, { seed: dice.below(2 ** 31) });
  }

  // The operation's own example with ids that exist: what makes sense is tried too, not only what has the form.
  body(operation) {
    const { example } = operation.requestBody.content['application/json'];
    const recipe = this.recipes[operation.operationId];
    if (recipe && this.dice.chance(0.4)) return this.bodyChange(structuredClone(this.dice.of(recipe)));
    if (example === undefined || this.dice.chance(0.6)) return this.valid(this.api.body(operation));
    const real = (value, name) => {
      if (this.never.includes(name)) return [];
      if (Array.isArray(value)) return value.map((v) => real(v, name));
      if (value !== null && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, real(v, k)]));
      if (this.dice.chance(0.5) && this.values[name] !== undefined) return this.values[name];
      return /^[0-9a-f]{8}-[0-9a-f]{4}-/.test(value) && this.ids.length ? this.id(name) : value;
    };
    const out = real(example, '');
    for (const key of Object.keys(out)) {
      if (!this.api.body(operation).required.includes(key) && this.dice.chance(0.3)) delete out[key];
    }
    return this.bodyChange(out);
  }

  // Names that must be unique are.
  bodyChange(body) {
    if (typeof body.name === 'string') body.name = `${body.name} ${this.dice.below(1e6)}`;
    return body;
  }

  id(name) {
    const noun = nouns[name] ?? name.toLowerCase().replace(/s$/, '');
    const own = this.ids.filter((i) => i.noun.startsWith(noun));
    return this.dice.of(own.length && this.dice.chance(0.9) ? own : this.ids).id;
  }

  // A value that the schema refuses, made of one that it allows; undefined when none was found.
  invalid(operation) {
    const schema = this.api.body(operation);
    const allows = this.api.bodyValidator(operation);
    const { dice } = this;
    for (let i = 0; i < 20; i += 1) {
      const value = this.valid(schema);
      const keys = Object.keys(value);
      const key = keys.length ? dice.of(keys) : 'x';
      dice.of([
        () => { delete value[key]; },
        () => { value[`${key}_`] = 1; },
        () => { value[key] = dice.of([7.5, -1, 'word', [], {}, true, [[[]]], '9'.repeat(30), 2 ** 53, -1e300]); },
        () => { value[key] = 'x'.repeat(5000); },
      ])();
      if (!allows(value)) return value;
    }
    return undefined;
  }

  path(operation) {
    return operation.path.replace(/\{(\w+)\}/g, (_, name) => {
      if (this.values[name] !== undefined && this.dice.chance(0.7)) return encodeURIComponent(this.values[name]);
      if (name !== 'id') return this.dice.of(['1', '2', 'x', '%E6%9D%8E', '..%2e', '-1', '9'.repeat(40)]);
      return this.ids.length ? this.id(operation.path.split('/')[3].replace(/-/g, '')) : '01980c5e-7b1a-7c3d-9a4e-5f60718293a4';
    });
  }

  query(operation, broken) {
    const out = new URLSearchParams();
    for (const p of this.api.parameters(operation, 'query')) {
      if (p.required || this.dice.chance(0.3)) out.set(p.name, String(this.valid(p.schema, p.name)));
    }
    if (broken) out.set(this.dice.of(['limit', 'nothing', 'cursor', [...out.keys()][0] ?? 'x']), this.dice.of(['0', '201', '-1', 'x', '%', '']));
    return out.size ? `?${out}` : '';
  }
}
