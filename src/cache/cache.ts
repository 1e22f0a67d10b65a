// The front door of this room: what tests use of it. Files inside of the room import each other directly.
export { collectGarbage } from './collect-garbage.ts';
export type { GarbageItem } from './list-garbage.ts';
export type { ObjectStore } from './object-store.ts';
export { objectsFolder, openCacheObjects, openStore, type StoreOptions } from './open-store.ts';
export { bodyToText } from './remote/body.ts';
export { openFolderRemote } from './remote/folder/folder-remote.ts';
export { openHttpRemote } from './remote/http/http-remote.ts';
export { BadPacket, packet, Packet, packetSplitter } from './remote/ssh/sftp-codec.ts';
export { openSshRemote } from './remote/ssh/ssh-remote.ts';
export { chooseRemote, openRemote } from './remote/open-remote.ts';
export type { Listed, Remote } from './remote/remote.ts';
export { openTrustedHosts } from './remote/trusted-hosts.ts';
export { listSaved, restoreSaved, saveAside } from './saved.ts';
export { unprotect } from './unprotect.ts';
export { verifyObjects } from './verify-objects.ts';
export { parseSections, readAwsProfile } from './remote/s3/aws-files.ts';
export { findMany } from './remote/s3/find-many.ts';
export { encodePath, encodeQuery, sign } from './remote/s3/sign.ts';
