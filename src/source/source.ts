// The front door of this room: what tests use of it. Files inside of the room import each other directly.
export { openFolderSource } from './folder-source.ts';
export { httpContent, infoOf } from './http-info.ts';
export { nameInDvc } from './url-of-python.ts';
export { openHttpSource } from './http-source.ts';
export { openSource } from './open-source.ts';
export { openRemoteSource } from './remote-source.ts';
