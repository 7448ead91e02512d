import type { HttpProperties } from './properties.ts';
import type { Answer } from './request.ts';

/** What is wrong with an answer to the cheap question; undefined when nothing is. */
export function statusProblem({ status }: Answer, { expectStatus }: HttpProperties): string | undefined {
  const isExpected = expectStatus.split(',').some((range) => {
    const [first = '', last = first] = range.split('-');
    return status >= Number(first) && status <= Number(last);
  });
  return isExpected ? undefined : `it answered ${status}, not ${expectStatus}`;
}

/** What is wrong with an answer to the thorough question. */
export function problemOf(answer: Answer, properties: HttpProperties): string | undefined {
  return (
    certificateProblem(answer, properties) ??
    statusProblem(answer, properties) ??
    headerProblem(answer, properties) ??
    bodyProblem(answer, properties)
  );
}

function certificateProblem({ certificateDays = Infinity }: Answer, { minCertificateDays }: HttpProperties): string | undefined {
  if (certificateDays <= 0) return `its certificate expired ${days(-certificateDays)} ago`;
  if (certificateDays >= minCertificateDays) return undefined;
  return `its certificate expires in ${days(certificateDays)}, minCertificateDays is ${minCertificateDays}`;
}

function headerProblem({ headers }: Answer, { expectHeaders }: HttpProperties): string | undefined {
  for (const [name, pattern] of Object.entries(expectHeaders)) {
    const value = [headers[name.toLowerCase()] ?? []].flat().join(', ');
    if (!new RegExp(pattern).test(value)) return `its header ${name} is ${JSON.stringify(value)}, which does not match ${pattern}`;
  }
  return undefined;
}

function bodyProblem({ body }: Answer, { expectBody }: HttpProperties): string | undefined {
  if (expectBody === undefined || new RegExp(expectBody).test(body)) return undefined;
  return `its body, which begins with ${JSON.stringify(body.slice(0, 80))}, does not match ${expectBody}`;
}

function days(count: number): string {
  return `${Math.floor(count)} days`;
}
