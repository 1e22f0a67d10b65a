// The front door of this room: what tests use of it. Files inside of the room import each other directly.
export { httpContent, infoOf } from './http-info.ts';
