// Which kind of remote goes with a scheme. Each is loaded when it is needed.
import type { RemoteKind } from './remote-kind.ts';

const folder = async (): Promise<RemoteKind> => (await import('./folder/folder-kind.ts')).folderKind;
const http = async (): Promise<RemoteKind> => (await import('./http/http-kind.ts')).httpKind;
const s3 = async (): Promise<RemoteKind> => (await import('./s3/s3-kind.ts')).s3Kind;
const ssh = async (): Promise<RemoteKind> => (await import('./ssh/ssh-kind.ts')).sshKind;

/** By scheme in lower case; '' where the URL is a path. */
const KINDS: Readonly<Record<string, (() => Promise<RemoteKind>) | undefined>> = {
  '': folder,
  file: folder,
  http,
  https: http,
  s3,
  ssh,
  sftp: ssh,
};

/** @returns undefined for a scheme that is not supported. */
export async function loadKind(scheme: string): Promise<RemoteKind | undefined> {
  return Object.hasOwn(KINDS, scheme) ? KINDS[scheme]!() : undefined;
}
