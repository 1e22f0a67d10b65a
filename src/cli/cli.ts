// The front door of this room: what tests use of it. Files inside of the room import each other directly.
export { neededContents } from '../session/needed-contents.ts';
