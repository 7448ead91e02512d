import type { LockedPackage } from './lockfile.ts';

export interface Own {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

/**
 * What a user installs, as CycloneDX 1.5. Made from the lockfile and not by `npm sbom`, which names packages after folders, counts the
 * workspace of the tests, leaves out the Node of other platforms, and gives another number and time to each run.
 */
export function sbom(own: readonly Own[], packages: readonly LockedPackage[]): object {
  const [first] = own;
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { component: { type: 'application', name: 'andon', version: first?.version ?? '' } },
    components: [
      ...own.map(component),
      ...packages.map((each) => ({ ...component(each), hashes: [{ alg: 'SHA-512', content: hexOf(each.integrity) }] })),
    ],
  };
}

function component({ name, version, license }: Own): object {
  const purl = `pkg:npm/${name.replace(/^@/, '%40')}@${version}`;
  return { type: 'library', 'bom-ref': purl, name, version, purl, licenses: [{ license: { id: license } }] };
}

function hexOf(integrity: string): string {
  return Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex');
}
