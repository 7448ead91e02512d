import type { Proof } from '../proof.ts';

const test = 'tests/scenarios/dependencies.test.ts';
const COORDINATION = 'daemon/src/core/dependencies/coordination.ts';

const proofs: readonly Proof[] = [
  {
    statement: 'S13',
    test,
    title: 'S13: an online brings its providers first and says that it set them wanted too',
    file: 'daemon/src/shell/administration/wanted-states.ts',
    find: 'if (provider) visit(provider);',
    replace: '',
    breaks: 'an online leaves its providers alone',
  },
  {
    statement: 'S13',
    test,
    title: 'S13: a failed provider is terminated at once, pulls its dependents down in order, and brings them back',
    file: COORDINATION,
    find: '!isLasting(name, world, mayBeOnline) && !isNeededByOthers(name, world)',
    replace: "world.wanted(name) === 'Offline' && !isNeededByOthers(name, world)",
    breaks: 'dependents of a failed provider stay Online',
  },
  {
    statement: 'S13',
    test,
    title: 'S13: dependents of a provider that stays Failed wait for it, and return with it',
    file: 'daemon/src/shell/administration/status.ts',
    find: 'waiting for provider ${',
    replace: 'waiting ${',
    breaks: 'status does not say what is waited for',
  },
  {
    statement: 'S13',
    test,
    title: 'S13: an automatic start never brings up a provider that is wanted Offline',
    file: 'daemon/src/shell/inheritance.ts',
    find: 'resource.wanted = stored.wanted;',
    replace: "resource.wanted = 'Online';",
    breaks: 'a new daemon brings up what an administrator took offline',
  },
  {
    statement: 'S13',
    test,
    title: 'S13: a dependent is not called before its pending provider is Online',
    file: COORDINATION,
    find: 'return isLasting(name, world) && !isNeededByOthers(name, world);',
    replace: 'return !isNeededByOthers(name, world);',
    breaks: 'an online does not wait for its providers',
  },
  {
    statement: 'S13',
    test,
    title: 'S13: an offline takes the dependents first, one after the other, and they stay wanted',
    file: COORDINATION,
    find: '!isLasting(name, world, mayBeOnline) && !isNeededByOthers(name, world)',
    replace: '!isLasting(name, world, mayBeOnline)',
    breaks: 'an offline does not wait for the dependents',
  },
  {
    statement: 'S14',
    test: 'tests/scenarios/adoption-going-online.test.ts',
    title: 'S14: what came up on a provider stays up while the next daemon finds out that the provider is Online',
    file: COORDINATION,
    find: '!isLasting(name, world, mayBeOnline)',
    replace: '!isLasting(name, world)',
    breaks: 'the next daemon pulls down what came up on a provider that it has not heard of yet',
  },
  {
    statement: 'S13',
    test,
    title: 'S13: a failed provider does not come online before its dependents are offline',
    file: COORDINATION,
    find: 'return isLasting(name, world) && !isNeededByOthers(name, world);',
    replace: 'return isLasting(name, world);',
    breaks: 'a restart does not wait for dependents that are going offline',
  },
  {
    statement: 'S14',
    test,
    title: 'S14: of alternatives one provider suffices, and losing another one changes nothing',
    file: 'protocol/src/common/dependency-expression.ts',
    find: 'expression.terms.some(',
    replace: 'expression.terms.every(',
    breaks: 'all alternatives are needed',
  },
];
export default proofs;
