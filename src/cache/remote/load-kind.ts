// Which kind of remote goes with a scheme. Each is loaded when it is needed.
import type { RemoteKind } from './remote-kind.ts';

const folder = async (): Promise<RemoteKind> => (await import('./folder/folder-kind.ts')).folderKind;
const http = async (): Promise<RemoteKind> => (await import('./http/http-kind.ts')).httpKind;
const s3 = async (): Promise<RemoteKind> => (await import('./s3/s3-kind.ts')).s3Kind;
const ssh = async (): Promise<RemoteKind> => (await import('./ssh/ssh-kind.ts')).sshKind;
const rclone = async (): Promise<RemoteKind> => (await import('./rclone/rclone-kind.ts')).rcloneKind;
const webdav = async (): Promise<RemoteKind> => (await import('./http/webdav-kind.ts')).webdavKind;

/** By scheme in lower case; '' where the URL is a path. */
const KINDS: Readonly<Record<string, (() => Promise<RemoteKind>) | undefined>> = {
  '': folder,
  file: folder,
  http,
  https: http,
  s3,
  ssh,
  sftp: ssh,
  webdav,
  webdavs: webdav,
  rclone,
  gs: rclone,
  azure: rclone,
  gdrive: rclone,
  hdfs: rclone,
  webhdfs: rclone,
  oss: rclone,
};

/** @param byRclone an rclone remote is named for it. @returns undefined for a scheme that is not supported. */
export async function loadKind(scheme: string, byRclone: boolean): Promise<RemoteKind | undefined> {
  if (byRclone && scheme !== '' && scheme !== 'file') return rclone();
  return Object.hasOwn(KINDS, scheme) ? KINDS[scheme]!() : undefined;
}
