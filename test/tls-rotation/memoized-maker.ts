// Real certificates, each made once, for tests that live through hundreds of years.
import { type Authority, type CertificateMaker, issueLeaf, makeAuthority } from "../../src/tls/authority.ts";
import type { KeyPair } from "../../src/tls/source.ts";

const made = new Map<string, Promise<Authority>>();
const issued = new Map<string, Promise<KeyPair>>();

/** Another simulation asks for the same at the same minute; two replicas of one never get the same. */
export function memoizedMaker(replica: number): CertificateMaker {
  return {
    makeAuthority: async (validity) =>
      await once(made, JSON.stringify([replica, validity]), () => makeAuthority(validity)),
    issueLeaf: async (authority, names, validity, now) =>
      await once(issued, JSON.stringify([replica, authority.id, names, validity]), () =>
        issueLeaf(authority, names, validity, now),
      ),
  };
}

async function once<T>(known: Map<string, Promise<T>>, key: string, build: () => Promise<T>): Promise<T> {
  const promise = known.get(key) ?? build();
  known.set(key, promise);
  return await promise;
}
